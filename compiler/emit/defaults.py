"""What a new row gets in the columns that nobody names: INSERT ... SELECT must say it, as no model instance is made."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState
from django.utils import timezone

from migspec.compiler.emit.change import Writing, is_auto_key
from migspec.compiler.emit.code import CannotEmit, plain
from migspec.compiler.emit.local import Local
from migspec.compiler.emit.values import is_own
from migspec.dsl.expressions import Code, parse
from migspec.schemas.data.paths import AnyField, columns
from migspec.schemas.data.rows import Assignments, Computed, Constant, PerRow, Value

# Callables that give the same for all rows of a statement: empty values, and clocks.
EMPTY: dict[Any, Any] = {dict: {}, list: [], str: "", int: 0, bool: False}
CLOCKS: dict[Any, str] = {
    timezone.now: "timezone.now()",
    datetime.datetime.now: "datetime.datetime.now()",
    datetime.date.today: "datetime.date.today()",
}
AUTO = {"DateField": datetime.date.today, "DateTimeField": timezone.now}


def with_defaults(assign: Assignments, model: ModelState, local: Local) -> Assignments:
    """Give the columns of new rows with their values, those that nobody names too; CannotEmit where one has none.

    They are in the order of the table: SQLite copies each row once more where they are not.
    """
    given, found = dict(assign), list[tuple[str, Value]]()
    for name, held in columns(local.state, model).items():
        if name in given:
            found.append((name, given[name]))
        elif is_own(local, model, name):
            if (value := default(held.field)) is not None:
                found.append((name, value))
            elif is_required(held.field) and not is_auto_key(model, name, local.state):
                raise CannotEmit(f"{model.name}.{name} is NOT NULL and has no default", f"give '{name}' a value")
    return tuple(found)


def clocks(model: ModelState, given: Iterable[str], writing: Writing) -> dict[str, AnyField]:
    """Give those of the columns into which the model writes the present, whatever they are given."""
    fields = {name: writing.target(model, name).held.field for name in given}
    return {
        name: field
        for name, field in fields.items()
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    }


def stop_clocks(model: ModelState, given: Iterable[str], writing: Writing) -> list[Code]:
    """Keep the model from writing the present over values that are given; each row has to bring one then."""
    return [
        plain(f"{writing.local.field(model, field.name)}.{key} = False  # the rows bring their own")
        for field in clocks(model, given, writing).values()
        for key in ("auto_now", "auto_now_add")
        if getattr(field, key)
    ]


def default(field: models.Field[Any, Any]) -> Value | None:
    """Give the value that a new row gets, None where the model gives none."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        clock: Any = AUTO.get(field.get_internal_type())
    elif field.has_default() and callable(field.default):
        clock = field.default
    else:
        return Constant(field.default) if field.has_default() else None
    if clock in EMPTY:
        return Constant(EMPTY[clock])
    return Computed(parse(CLOCKS[clock])) if clock in CLOCKS else PerRow(parse("None"))


def is_required(field: models.Field[Any, Any]) -> bool:
    return not (field.null or field.has_default() or has_db_value(field))


def has_db_value(field: models.Field[Any, Any]) -> bool:
    """Whether the database gives the column a value."""
    return bool(getattr(field, "generated", False)) or field.db_default is not models.NOT_PROVIDED
