"""What a field names of its own model: the columns that it is computed from, or that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState

from migspec.dsl.diagnostics import nearest
from migspec.schemas.data.paths import AnyField, PathProblem, walk
from migspec.schemas.errors.collect import Collected
from migspec.schemas.scope import Scope

# Arguments that hold the name of another field of the model.
NEIGHBOURS = ("unique_for_date", "unique_for_month", "unique_for_year", "width_field", "height_field")


def check_own_names(scope: Scope, model: ModelState, field: AnyField, *at: str | int) -> None:
    """E303 for names that are no field of the model, which has all of its fields; E314 for paths over relations."""
    collected = Collected()
    if getattr(field, "generated", False):
        for path in paths_in(field.expression):  # type: ignore[attr-defined]
            with collected.catching():
                check_path(scope, model, path, *at, "expression")
    fields = scope.fields(model)
    for key in NEIGHBOURS:
        check_name(scope, model, fields, getattr(field, key, None), collected, *at, key)
    if isinstance(field, models.ForeignObject) and not isinstance(field, models.ForeignKey):
        for index, name in enumerate(field.from_fields):
            check_name(scope, model, fields, name, collected, *at, "from_fields", index)
    collected.throw()


def check_name(
    scope: Scope, model: ModelState, fields: dict[str, AnyField], name: Any, collected: Collected, *at: str | int
) -> None:
    if isinstance(name, str) and name != "self" and name not in fields:
        message = f"{model.app_label}.{model.name} has no field '{name}' at this place"
        collected.add(scope.error("E303", message, *at, hint=nearest(name, fields)))


def check_path(scope: Scope, model: ModelState, path: str, *at: str | int) -> None:
    try:
        walked = walk(scope.state, model, path)
    except PathProblem as problem:
        raise scope.error(problem.code, problem.message, *at, hint=problem.hint) from None
    if walked.hops:
        message = f"'{path}' follows a relation, and a generated field is computed from its own row"
        raise scope.error("E314", message, *at)


def paths_in(value: Any) -> Iterator[str]:
    """Give the ORM paths that an expression reads."""
    match value:
        case models.F():
            yield str(value.name)  # type: ignore[attr-defined]
        case models.Q():
            for child in value.children:
                if isinstance(child, tuple):
                    yield child[0]
                    yield from paths_in(child[1])
                else:
                    yield from paths_in(child)
        case _ if hasattr(value, "get_source_expressions"):
            for source in value.get_source_expressions():
                yield from paths_in(source)
