"""Specs in the author's syntax against a state made by hand: what the tests of row steps and of reversing share."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.planning.walk import Walked
from migspec.compiler.reversing.fates import Fates, trace
from migspec.compiler.reversing.reversal import Reversal, Underivable
from migspec.compiler.reversing.reversals import reversals_of
from migspec.compiler.reversing.reverse import reverse
from migspec.compiler.reversing.side_table import Names
from migspec.dsl.diagnostics import Diagnostic, SpecError
from migspec.dsl.read import read_text
from migspec.schemas.changes import Change, SchemaChange, SQLChange
from migspec.schemas.data.rows import ModelKey
from migspec.schemas.document import parse
from migspec.schemas.scope import Scope
from migspec.schemas.step import Step

HOME, HOME_ADDRESS, ADDRESS, COUNTRY = (
    ModelKey("homes", "Home"),
    ModelKey("homes", "HomeAddress"),
    ModelKey("accounts", "Address"),
    ModelKey("homes", "Country"),
)


def key() -> Any:
    return models.BigAutoField(primary_key=True)


def foreign(to: str, **arguments: Any) -> Any:
    return models.ForeignKey(to, arguments.pop("on_delete", models.CASCADE), **arguments)


def made(app_label: str, model: str, /, **fields: Any) -> ModelState:
    options = fields.pop("options", {})
    bases = fields.pop("bases", (models.Model,))
    return ModelState(
        app_label, model, [("id", key()), *fields.items()] if "id" not in fields else [*fields.items()], options, bases
    )


def homes() -> ProjectState:
    """Two apps: homes with addresses, countries, a wide model."""
    state = ProjectState()
    for model in (
        made(
            "accounts",
            "Address",
            city=models.CharField(max_length=50),
            owner=models.CharField(max_length=50, null=True),
        ),
        made(
            "homes",
            "Home",
            name=models.CharField(max_length=20),
            slug=models.SlugField(unique=True, null=True),
            note=models.CharField(max_length=50, null=True),
            code=models.IntegerField(),
            old_code=models.IntegerField(null=True),
            flag=models.BooleanField(default=False),
            price=models.DecimalField(max_digits=6, decimal_places=2, null=True),
            day=models.DateField(null=True),
            data=models.JSONField(null=True),
            country=foreign("homes.Country", null=True),
        ),
        made(
            "homes",
            "HomeAddress",
            home=foreign("homes.Home"),
            address=foreign("accounts.Address"),
        ),
        made(
            "homes",
            "Country",
            code=models.CharField(max_length=2, unique=True),
            name=models.CharField(max_length=50),
            area=models.IntegerField(null=True),
        ),
        made(
            "homes",
            "Central",
            name=models.CharField(max_length=20),
            street=models.CharField(max_length=50),
            rooms=models.IntegerField(),
        ),
    ):
        state.add_model(model)
    return state


# --- one step ---


@dataclass(frozen=True)
class Place:
    """A step of a spec, and the scope in which it stands."""

    step: Step
    scope: Scope

    def changes(self) -> list[Change]:
        return list(self.step.changes(self.scope))


def place(text: str, state: ProjectState | None = None, **scope: Any) -> Place:
    """Read one step in YAML."""
    lines = textwrap.dedent(text).strip("\n").splitlines()
    source = read_text(
        "\n".join(["migspec: 1", "app: homes", "steps:", f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])]),
        "spec.yaml",
        "yaml",
    )
    known: dict[str, Any] = {"app_label": "homes", "vendors": frozenset({"sqlite"}), "state": state or homes()}
    return Place(parse(source).steps[0], Scope(path=("steps", 0), locate=source.place, **(known | scope)))


def change(text: str, state: ProjectState | None = None, **scope: Any) -> Any:
    """Give the one change of a step."""
    (found,) = place(text, state, **scope).changes()
    return found


def refused(text: str, state: ProjectState | None = None, **scope: Any) -> list[Diagnostic]:
    """Give what is wrong with a step."""
    with pytest.raises(SpecError) as error:
        place(text, state, **scope).changes()
    return list(error.value.diagnostics)


def wrong(text: str, state: ProjectState | None = None, **scope: Any) -> str:
    """Give the one thing that is wrong with a step: its code, what it points at, the message, the hint."""
    (found,) = refused(text, state, **scope)
    at = found.place.text[found.place.column - 1 : found.place.column - 1 + found.place.width]
    return f"{found.code} at {at}: {found.message}" + (f" / {found.hint}" if found.hint else "")


# --- a whole spec ---


@dataclass(frozen=True)
class Followed:
    """A spec whose steps were lowered one after another."""

    places: Sequence[Place]
    changes: Sequence[Sequence[Change]]
    fates: Fates
    after: ProjectState

    def at(self, step: int) -> list[int]:
        """Give the places of the changes of a step."""
        return [index for index, moment in enumerate(self.fates.moments) if moment.step == step]

    def reversal(self, step: int) -> Reversal:
        """Give what rolling back a step of one change does."""
        (at,) = self.at(step)
        reverse_of = getattr(self.places[step].step, "reverse", "auto")
        return reverse(self.fates, at) if reverse_of == "auto" else self.all_reversals()[at]

    def all_reversals(self) -> dict[int, Reversal]:
        rest = zip(
            self.places, self.changes, [*(place.scope.state for place in self.places[1:]), self.after], strict=True
        )
        walked = [
            Walked(index, place.step, place.scope, changes, after) for index, (place, changes, after) in enumerate(rest)
        ]
        return reversals_of(walked, self.fates, lambda place, change: Names("homes", "spec", place.index + 1, set()))

    def lost(self, step: int) -> Underivable:
        """Give why a step of one change has no reverse."""
        (at,) = self.at(step)
        with pytest.raises(Underivable) as error:
            reverse(self.fates, at)
        return error.value


def follow(text: str, state: ProjectState | None = None) -> Followed:
    """Read the steps of a spec in YAML and lower each at the state that those before it leave."""
    steps = textwrap.indent(textwrap.dedent(text).strip("\n"), "  ")
    source = read_text(f"migspec: 1\napp: homes\nsteps:\n{steps}\n", "spec.yaml", "yaml")
    now = state or homes()
    places: list[Place] = []
    lowered: list[tuple[ProjectState, list[Change]]] = []
    fresh: set[tuple[str, str]] = set()
    for index, step in enumerate(parse(source).steps):
        scope = Scope(
            app_label="homes",
            state=now,
            vendors=frozenset({"sqlite"}),
            path=("steps", index),
            locate=source.place,
            fresh=frozenset(fresh),
        )
        places.append(Place(step, scope))
        changes = places[-1].changes()
        lowered.append((now, changes))
        following = now.clone()
        for one in changes:
            for operation in operations_of(one):
                operation.state_forwards(one.app_label, following)  # type: ignore[union-attr]
        fresh |= following.models.keys() - now.models.keys()
        now = following
    return Followed(places, [changes for _, changes in lowered], trace(lowered, now), now)


def operations_of(one: Change) -> Sequence[Any]:
    if isinstance(one, SQLChange):
        return one.state_operations
    return [one.operation] if isinstance(one, SchemaChange) and one.side != "database" else []
