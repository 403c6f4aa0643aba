"""What indexes and constraints name, looked up at a step's place, and the names that Django gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState

from migspec.dsl.diagnostics import Path, nearest
from migspec.dsl.expressions import field_paths
from migspec.schemas.data.paths import PathProblem, walk
from migspec.schemas.errors.collect import Collected
from migspec.schemas.python.arguments import Argument, Written, error_in_text
from migspec.schemas.scope import Scope

# --- fields ---


def check_fields(built: Any, scope: Scope, model: ModelState, place: Callable[..., Path], collected: Collected) -> None:
    """E303 for plain names that are no field of the model; its columns' names are taken too, as Django does."""
    fields = scope.fields(model)
    columns = {field.attname for field in fields.values()}
    before: set[tuple[str | int, str]] = set()
    for at, name in named(built):
        if isinstance(name, str) and at[0] in ("fields", "include"):
            if (at[0], name) in before:
                collected.add(scope.error("E314", f"'{at[0]}' names '{name}' twice", *place(*at), hint="remove one"))
                continue
            before.add((at[0], name))
        if not isinstance(name, str):
            collected.add(scope.error("E314", "this is not the name of a field", *place(*at)))
        elif name not in fields and name not in columns and name != "pk":
            message = f"{model.app_label}.{model.name} has no field '{name}' at this place"
            collected.add(scope.error("E303", message, *place(*at), hint=nearest(name, fields)))


def named(built: Any) -> Iterator[tuple[Path, Any]]:
    """Give the fields that an object names as text, with where in its mapping; expressions may give anything."""
    for key in ("fields", "include"):
        for index, name in enumerate(getattr(built, key, None) or ()):
            is_order = key == "fields" and isinstance(name, str)
            yield (key, index), name.removeprefix("-") if is_order else name
    if type(built).__name__ == "ExclusionConstraint":
        for index, (expression, _) in enumerate(built.expressions):
            if isinstance(expression, str):
                yield ("expressions", index, 0), expression


def check_paths(
    argument: Argument, what: str, scope: Scope, model: ModelState, collected: Collected, *at: str | int
) -> None:
    """E303 and E314 for the fields that expressions name: an index or a constraint stays within its table."""
    if isinstance(argument, list):
        for index, item in enumerate(argument):
            check_paths(item, what, scope, model, collected, *at, index)
    elif isinstance(argument, dict):
        for key, item in argument.items():
            check_paths(item, what, scope, model, collected, *at, key)
    elif isinstance(argument, Written):
        check_expression(argument, what, scope, model, collected, *at)


def check_expression(
    written: Written, what: str, scope: Scope, model: ModelState, collected: Collected, *at: str | int
) -> None:
    for found in field_paths(written.expression):
        path = found.path.removeprefix("-")
        try:
            walked = walk(scope.state, model, path)
        except PathProblem as problem:
            error = error_in_text(scope, problem.code, problem.message, written, found.column, *at, hint=problem.hint)
            collected.add(error)
            continue
        if walked.hops:
            message = f"'{path}' follows a relation, and {what} stays within its own table"
            collected.add(error_in_text(scope, "E314", message, written, found.column, *at))


# --- names ---


def derived_name(index: models.Index, scope: Scope, model: ModelState) -> str:
    """Give the name that Django gives an index of the model (Index.set_name_with_model), without making the model."""
    fields = {}
    for field in scope.fields(model).values():
        fields[field.name] = fields[field.attname] = field
    table = model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"
    copy = index.clone()
    copy.set_name_with_model(SimpleNamespace(_meta=SimpleNamespace(db_table=table, get_field=fields.__getitem__)))  # type: ignore[arg-type]
    return copy.name


def check_index_name(index: models.Index, scope: Scope, *at: str | int) -> None:
    """E314 for a name that Django refuses."""
    if len(index.name) > index.max_name_length:
        message = f"the name of an index has at most {index.max_name_length} characters, and this has {len(index.name)}"
        raise scope.error("E314", message, *at, hint=f"shorten it: '{index.name[:index.max_name_length]}'")
    if index.name[0] == "_" or index.name[0].isdigit():
        message = "the name of an index begins with a letter"
        raise scope.error("E314", message, *at, hint=f"write '{index.name.lstrip('_0123456789') or 'name'}'")
