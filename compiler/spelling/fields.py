"""Fields as a spec writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState

from migspec.compiler.spelling.values import expr, python, value_data
from migspec.schemas.data.paths import AnyField
from migspec.schemas.fields.arguments import SLOTS, key_of
from migspec.schemas.fields.classes import bare_name
from migspec.schemas.python.slots import ON_DELETE, ON_DELETE_SINCE
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope

FIRST = ("to", "on_delete")  # what tells most about a relation
# Arguments whose literals the field reads in its own way; as an expression they are what they are.
READ_BY_THE_FIELD = ("choices", "db_default", "default")


def field_data(
    field: AnyField, scope: Scope, *, own: ModelState | None = None, exactly: bool = False
) -> dict[str, Any] | str:
    """Give a field as a mapping; as a string as in models.py where a mapping cannot say it.

    `own` is the field's model: a relation to it is one to `self`. With `exactly`, what a field would read in its own
    way is written as an expression. CannotSerialize.
    """
    _, path, args, kwargs = field.deconstruct()
    if field.primary_key and kwargs.get("serialize") is False:
        del kwargs["serialize"]  # as every primary key
    data: dict[str, Any] = {"type": bare_name(path)}
    if isinstance(field, models.CompositePrimaryKey):
        data["field_names"] = list(args)
    elif args:
        return field_call(field)
    return data | arguments_data(kwargs, scope, own=own, exactly=exactly)


def field_call(field: AnyField) -> str:
    """Give a field as models.py has it."""
    return python(field)


def arguments_data(
    arguments: Mapping[str, Any], scope: Scope, *, own: ModelState | None = None, exactly: bool = False
) -> dict[str, Any]:
    """Give arguments of a field by the keys of a spec."""
    return {
        key_of(name): (
            expr(arguments[name])
            if exactly and name in READ_BY_THE_FIELD
            else argument_data(name, arguments[name], scope, own)
        )
        for name in [*(name for name in FIRST if name in arguments), *(name for name in arguments if name not in FIRST)]
    }


def argument_data(name: str, value: Any, scope: Scope, own: ModelState | None) -> Any:
    match SLOTS[name].kind if name in SLOTS else "value":
        case "model":
            return model_data(value, scope, own)
        case "on_delete":
            known = getattr(value, "__name__", "") in (*ON_DELETE, *ON_DELETE_SINCE)
            return value.__name__ if known else expr(value)
        case "field":
            return field_data(value, scope)
        case "expression":
            return python(value)
        case "names":
            return list(value)
        case "choices" if isinstance(value, (list, tuple)):
            return choices_data(value)
    return value_data(value)


def model_data(value: Any, scope: Scope, own: ModelState | None = None) -> str:
    """Give a model that a relation names."""
    setting = getattr(value, "setting_name", None)
    if setting is not None:
        return f"settings.{setting}"
    app_label, _, name = str(value).rpartition(".")
    if own is not None and (app_label, name.lower()) == (own.app_label, own.name_lower):
        return "self"
    found = scope.state.models.get((app_label, name.lower()))
    return shown(scope, found) if found is not None else str(value)


def choices_data(value: Any) -> list[Any]:
    return [
        [value_data(key), choices_data(label) if isinstance(label, (list, tuple)) else value_data(label)]
        for key, label in value
    ]
