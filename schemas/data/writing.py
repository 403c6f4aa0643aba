"""What the row verbs share: the columns that may be written, and the values of those that nobody names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState
from django.db.models.fields import NOT_PROVIDED

from migspec.dsl.expressions import ExpressionProblem, parse
from migspec.schemas.data import rows
from migspec.schemas.data.paths import AnyField, Held, columns, concrete, held_fields, primary_key
from migspec.schemas.errors.pasting import Line, line_hint
from migspec.schemas.scope import Scope


def written_column(scope: Scope, model: ModelState, name: str, *at: str | int) -> AnyField:
    """Give the column that a step writes; E303 or E306 where there is none, E307 where the database computes it."""
    field = scope.column(model, name, *at, key=isinstance(at[-1], str) and at[-1] == name)
    if getattr(field, "generated", False):
        raise scope.error("E307", f"'{name}' is a generated column; the database computes it", *at, key=True)
    return field


def own_columns(scope: Scope, model: ModelState) -> dict[str, Held]:
    """Give the columns of a model's own table, by attname."""
    found, table = columns(scope.state, model), concrete(scope.state, model)
    return {name: held for name, held in found.items() if held.model is table}


def inserted_column(scope: Scope, model: ModelState, name: str, *at: str | int) -> AnyField:
    """Give the column that an insert writes; E502 for one that is in a parent's table."""
    field = written_column(scope, model, name, *at)
    if field.attname not in own_columns(scope, model):
        parent = held_fields(scope.state, model)[field.name].model
        message = f"'{name}' is a column of {parent.name}, which {model.name} inherits from"
        hint = f"insert into {parent.name} first, then into {model.name} with the key of the parent"
        raise scope.error("E502", message, *at, hint=hint, key=True)
    return field


def others(
    scope: Scope, model: ModelState, named: Sequence[str], *at: str | int, within: str = ""
) -> dict[str, rows.Value]:
    """Give the values of the columns that an insert does not name; E308 where a column has to be named.

    `within` is the key of the mapping in which it would be named.
    """
    found: dict[str, rows.Value] = {}
    for attname, held in own_columns(scope, model).items():
        if attname in named:
            continue
        value = unnamed(held.field)
        if isinstance(value, str):
            missing: Line = (within, {attname: ...}) if within else (attname, ...)
            raise scope.error("E308", f"'{attname}' of {model.name} {value}", *at, hint=line_hint(*missing))
        if value is not None:
            found[attname] = value
    return found


def unnamed(field: AnyField) -> rows.Value | str | None:
    """Give the value of a column that is not named: None where the database gives it, text where there is none."""
    if is_automatic(field) or getattr(field, "generated", False):
        return None
    if getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED:
        return None
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return now(field)
    if field.has_default():
        default = field.default
        return called(default) if callable(default) else rows.Constant(default)
    if field.null:
        return rows.Constant(None)
    return "is NOT NULL and has no default"


def is_automatic(field: AnyField) -> bool:
    """Whether the database numbers the column."""
    return isinstance(field, models.AutoField | models.BigAutoField | models.SmallAutoField)


def now(field: AnyField) -> rows.Value | str:
    """Give what auto_now writes."""
    if isinstance(field, models.DateTimeField):
        return rows.PerRow(parse("django.utils.timezone.now"))
    if isinstance(field, models.DateField):
        return rows.PerRow(parse("datetime.date.today"))
    return "is set when a row is saved, and rows are not saved one by one here"


def called(default: Callable[[], Any]) -> rows.Value | str:
    """Give a callable default, which is called for every row."""
    if default in (dict, list, set, str, int, float, bool, bytes):
        return rows.Constant(default())
    path = dotted(default)
    try:
        return rows.PerRow(parse(path))
    except ExpressionProblem:
        return f"has the default {path}, which a migration cannot name"


def dotted(function: Callable[..., Any]) -> str:
    """Give the import path of a callable."""
    if isinstance(getattr(function, "__self__", None), type):  # a class method: datetime.date.today
        owner = function.__self__  # type: ignore[attr-defined]
        return f"{owner.__module__}.{owner.__qualname__}.{function.__name__}"
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', repr(function))}"


def key_columns(key: str | list[str] | None, existing: str | None, model: ModelState, scope: Scope) -> tuple[str, ...]:
    """Give the columns of `key`; E201 where `existing` stands without it."""
    if key is None:
        if existing is not None:
            message = "'existing' is about rows whose key is there, and the step has no 'key'"
            raise scope.error("E201", message, "existing", hint=line_hint("key", ...), key=True)
        return ()
    if key == "pk":  # several columns for a composite one
        return primary_key(scope.state, model)
    if isinstance(key, str):
        return (scope.column(model, key, "key").attname,)
    found = [scope.column(model, name, "key", index).attname for index, name in enumerate(key)]
    for index, name in enumerate(found):
        if name in found[:index]:
            raise scope.error("E104", f"'{name}' stands twice in the key", "key", index)
    return tuple(found)
