"""Recipes: steps that stand for other steps, as if these had been written out in their place."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.dsl.diagnostics import SpecError
from migspec.schemas.changes import Change
from migspec.schemas.data.paths import AnyField
from migspec.schemas.fields.field import FieldValue
from migspec.schemas.scope import Scope
from migspec.schemas.step import Batch, DataStep, Step

DATA_KEYS = ("keep_old", "batch", "emit")


@dataclass(frozen=True, slots=True, kw_only=True)
class SameField(FieldValue):
    """The field that another model has."""

    field: AnyField

    def build(self, scope: Scope, *at: str | int, model: ModelState | None = None) -> AnyField:
        return self.field.clone()


def same_field(field: AnyField) -> SameField:
    return SameField(class_name=type(field).__name__, arguments={}, field=field)


class Recipe(Step):
    """A step that stands for several others. What is said here of data steps is said of each of them."""

    keep_old: Annotated[bool, Field(description="Save what would be lost, so that rolling back is exact.")] = False
    batch: Annotated[Batch | Literal["off"] | None, Field(description="{size: rows} or off.")] = None
    emit: Annotated[Literal["python", "sql"] | None, Field(description="RunPython, or RunSQL.")] = None

    @abstractmethod
    def written(self, scope: Scope) -> Iterator[dict[str, Any]]:
        """Give the steps as a spec would write them, at the place that `scope` describes; SpecError."""

    def steps(self, scope: Scope) -> list[Step]:
        """Give the steps that it stands for."""
        from migspec.schemas.steps import STEPS, verb_of

        found: list[Step] = []
        for data in self.written(scope):
            kind = STEPS[str(verb_of(data))]
            said: dict[str, Any] = {"only": self.only, "description": None if found else self.description}
            if issubclass(kind, DataStep):
                said |= {key: getattr(self, key) for key in DATA_KEYS}
            given = {key: value for key, value in said.items() if value not in (None, False)}
            found.append(kind.model_validate({**data, **given}))
        return found

    def changes(self, scope: Scope) -> Iterator[Change]:
        raise AssertionError(f"{self.verb} has no changes of its own: its steps have")


def within(scope: Scope, verb: str) -> Scope:
    """Give the scope of a step that a recipe stands for: all that is wrong with it is said about the recipe."""
    place, locate = (*scope.path, verb), scope.locate
    return replace(scope, locate=lambda path=(), *, key=False: locate(place, key=True))


def named(error: SpecError, step: Step) -> SpecError:
    """Give what is wrong with a step that a recipe stands for, naming the step."""
    about = f"in its step '{step.verb}: {step.about}': "
    return SpecError(*(replace(one, message=about + one.message) for one in error.diagnostics))
