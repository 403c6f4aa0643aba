"""A project state, and schema steps in YAML that are taken through it without a project on disk."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from migspec.dsl.diagnostics import Diagnostic, SpecError
from migspec.dsl.read import read_text
from migspec.schemas.changes import SchemaChange, Touch
from migspec.schemas.document import parse
from migspec.schemas.scope import Scope

# --- a project of which the steps are about ---


def key() -> Any:
    return models.BigAutoField(primary_key=True)


def foreign(to: str, **arguments: Any) -> Any:
    return models.ForeignKey(to, on_delete=models.CASCADE, **arguments)


def state() -> ProjectState:
    project = ProjectState()
    for model in (
        ModelState("accounts", "Address", [("id", key()), ("city", models.CharField(max_length=50))]),
        ModelState(
            "homes",
            "Home",
            [
                ("id", key()),
                ("code", models.CharField(max_length=10, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("city", models.CharField(max_length=50, null=True)),
                ("rooms", models.IntegerField(null=True)),
                ("area", models.DecimalField(max_digits=8, decimal_places=2, null=True)),
                ("street", models.CharField(max_length=50, default="")),
                ("tags", models.ManyToManyField("homes.Tag")),
            ],
            options={
                "ordering": ["name"],
                "verbose_name": "home",
                "unique_together": {("city", "street")},
                "indexes": [
                    models.Index(fields=["rooms"], name="home_rooms_idx"),
                    models.Index(fields=["code"], name="home_big_idx", condition=models.Q(area__gt=100)),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(rooms__gte=0), name="home_has_rooms"),
                    models.UniqueConstraint(fields=["name", "code"], name="home_name_code"),
                ],
            },
        ),
        ModelState("homes", "Tag", [("id", key()), ("slug", models.SlugField(unique=True))]),
        ModelState(
            "homes",
            "Room",
            [
                ("id", key()),
                ("home", foreign("homes.Home", to_field="code")),
                ("width", models.IntegerField()),
                (
                    "twice",
                    models.GeneratedField(
                        expression=models.F("width") * 2, output_field=models.IntegerField(), db_persist=True
                    ),
                ),
                ("note", models.TextField()),
            ],
            options={"order_with_respect_to": "home"},
        ),
        ModelState(
            "homes",
            "Villa",
            [
                (
                    "home_ptr",
                    models.OneToOneField("homes.Home", on_delete=models.CASCADE, parent_link=True, primary_key=True),
                ),
                ("pool", models.BooleanField()),
            ],
            bases=("homes.home",),
        ),
        ModelState(
            "homes",
            "Lone",
            [("id", key()), ("name", models.CharField(max_length=20)), ("number", models.IntegerField(default=0))],
        ),
        ModelState(
            "homes",
            "Pair",
            [
                ("pk", models.CompositePrimaryKey("left", "right")),
                ("left", models.IntegerField()),
                ("right", models.IntegerField()),
                ("note", models.TextField()),
            ],
        ),
        ModelState(
            "homes", "Outside", [("id", key()), ("name", models.CharField(max_length=20))], options={"managed": False}
        ),
        ModelState("homes", "Shown", [], options={"proxy": True}, bases=("homes.outside",)),
    ):
        project.add_model(model)
    return project


@dataclass(frozen=True)
class Done:
    """What some steps came to."""

    changes: list[SchemaChange]
    state: ProjectState
    warnings: list[Diagnostic]

    @property
    def only(self) -> SchemaChange:
        (change,) = self.changes
        return change

    def deconstructed(self) -> list[tuple[str, dict[str, Any]]]:
        return [deconstructed(change.operation) for change in self.changes]


def deconstructed(operation: Operation) -> tuple[str, dict[str, Any]]:
    name, args, kwargs = operation.deconstruct()  # AlterModelManagers has positional arguments
    return name, {**dict(zip(("name", "managers"), args, strict=False)), **kwargs}


def run(
    steps: str,
    *,
    before: ProjectState | None = None,
    vendors: tuple[str, ...] = ("postgresql",),
    **scope: Any,
) -> Done:
    """Take steps in YAML through a state, and apply to it what they come to."""
    text = (
        "migspec: 1\napp: homes\nafter: 0001_initial\nsteps:\n"
        + textwrap.indent(textwrap.dedent(steps).strip("\n"), "  ")
        + "\n"
    )
    source = read_text(text, "spec.yaml", "yaml")
    current = (before or state()).clone()
    start = set(current.models)
    changes: list[SchemaChange] = []
    warnings: list[Diagnostic] = []
    for number, step in enumerate(parse(source).steps):
        place = Scope(
            app_label="homes",
            state=current,
            vendors=frozenset(vendors),
            path=("steps", number),
            locate=source.place,
            warnings=warnings,
            **{"fresh": frozenset(set(current.models) - start), **scope},
        )
        found = [change for change in step.changes(place) if isinstance(change, SchemaChange)]
        current = current.clone()
        for change in found:
            if change.side != "database":
                change.operation.state_forwards(change.app_label, current)
        changes += found
    return Done(changes, current, warnings)


def refused(steps: str, code: str, **scope: Any) -> Diagnostic:
    """Give the one complaint about some steps."""
    with pytest.raises(SpecError) as caught:
        run(steps, **scope)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code, str(caught.value)
    return diagnostic


def touch(what: Any, model: str, name: str = "", app_label: str = "homes") -> Touch:
    return Touch(what, app_label, model, name)


# A model that the spec itself makes.
FRESH = """
- create_model: New
  fields: {name: {type: CharField, max_length: 9}, number: {type: IntegerField}}
"""
FRESH_KEY = ("homes", "new")
