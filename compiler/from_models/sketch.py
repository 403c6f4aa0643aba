"""A spec in the making: steps are tried on the project's state, and those are kept that do what the operation does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations import AlterModelManagers, AlterModelOptions, CreateModel, RenameModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pydantic import ValidationError

from migspec.compiler.from_models.steps import Form, candidates
from migspec.compiler.lint.rule import Data
from migspec.compiler.planning.walk import state_after
from migspec.compiler.spelling.options import stated
from migspec.dsl.diagnostics import Place, SpecError
from migspec.schemas.changes import SchemaChange
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep, Step
from migspec.schemas.steps import STEPS, verb_of

# What is against the change itself, not against the way it is written.
ABOUT_THE_PLACE = {"E305", "E310", "E312", "E313", "E314", "E315"}

COMPARING = MigrationAutodetector(ProjectState(), ProjectState())


@dataclass(slots=True)
class Sketch:
    """The steps of a spec so far, and the state that they leave."""

    app_label: str
    state: ProjectState
    vendors: frozenset[str]
    toml: bool = False
    steps: list[Data] = field(default_factory=list)
    fresh: set[tuple[str, str]] = field(default_factory=set)

    def add(self, operation: Operation, app_label: str) -> None:
        """Add the steps for an operation of an app.

        Where the place refuses it, the step stays as it is: the author sees what is in its way. CannotSerialize.
        """
        after = self.state.clone()
        operation.state_forwards(app_label, after)
        if isinstance(operation, AlterModelOptions) and self._is_done(operation, app_label, after):
            return
        refused: Form | None = None
        for form in candidates(operation, app_label, self._scope(self.state)):
            if refused is not None and form.is_last_resort:
                break
            if self.toml:
                form = replace(form, steps=without_null(form.steps))
            try:
                if self._does(form, operation, after):
                    refused = None
                    self.steps += form.steps
                    break
            except SpecError as error:
                if refused is None and {one.code for one in error.diagnostics} & ABOUT_THE_PLACE:
                    refused = form
            except ValidationError:
                continue
        if refused is not None:
            self.steps += refused.steps
        self.state = after
        match operation:
            case CreateModel():
                self.fresh.add((app_label, operation.name_lower))
            case RenameModel() if (app_label, operation.old_name_lower) in self.fresh:
                self.fresh.add((app_label, operation.new_name_lower))

    def _does(self, form: Form, operation: Operation, after: ProjectState) -> bool:
        """Whether steps do what the operation does, to its last argument; ValidationError, SpecError."""
        made, following = self._made(form.steps)
        # A rename may keep more up to date than Django's.
        return bool(following == after if form.otherwise else made and parts(made[0]) == parts(operation))

    def _is_done(self, operation: AlterModelOptions, app_label: str, after: ProjectState) -> bool:
        """Whether an earlier step, a rename for example, has changed the options already."""
        key = app_label, operation.name_lower
        return bool(self.state.models[key] == after.models[key])

    def _made(self, steps: Sequence[Data]) -> tuple[list[Operation], ProjectState]:
        """Give the operations of steps, and the state after them; ValidationError, SpecError."""
        operations: list[Operation] = []
        state = self.state
        for data in steps:
            step: Step = STEPS[str(verb_of(data))].model_validate(data)
            scope = self._scope(with_join_tables(state) if isinstance(step, DataStep) else state)
            changes = list(step.changes(scope))
            operations += [change.operation for change in changes if isinstance(change, SchemaChange)]
            state = state_after(state, changes, scope)
        return operations, state

    def _scope(self, state: ProjectState) -> Scope:
        return Scope(
            app_label=self.app_label,
            state=state,
            vendors=self.vendors,
            path=("steps", len(self.steps)),
            locate=nowhere,
            fresh=frozenset(self.fresh),
        )


def without_null(data: Any) -> Any:
    """Write null as TOML does, which has none."""
    match data:
        case None:
            return {"expr": "None"}
        case dict():
            return {key: without_null(value) for key, value in data.items()}
        case list():
            return [without_null(item) for item in data]
    return data


def nowhere(path: Any, *, key: bool = False) -> Place:
    return Place("")


def parts(operation: Operation) -> Any:
    """Give what an operation is made of, comparable."""
    name, args, kwargs = operation.deconstruct()
    options = stated(kwargs.pop("options", {}))
    if isinstance(operation, (AlterModelManagers, CreateModel)):  # managers compare by themselves
        args, managers = args[:1], operation.managers
        kwargs.pop("managers", None)
    else:
        managers = []
    return name, COMPARING.deep_deconstruct([args, kwargs, options]), managers
