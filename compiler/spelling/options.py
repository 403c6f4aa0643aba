"""The options, bases and managers of a model as a spec writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from migspec.compiler.spelling.fields import model_data
from migspec.compiler.spelling.objects import object_data
from migspec.compiler.spelling.values import expr, python, value_data
from migspec.schemas.scope import Scope

# Options that Django's state keeps as Meta has them, where lists and tuples differ.
AS_IN_META = ("default_permissions", "get_latest_by", "ordering", "permissions")


def options_data(options: Mapping[str, Any], *, exactly: bool = False) -> dict[str, Any]:
    """Give options of a model; with `exactly`, those whose lists and tuples differ as expressions."""
    return {
        name: expr(value) if exactly and name in AS_IN_META else option_data(name, value)
        for name, value in stated(options).items()
    }


def stated(options: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing: `abstract`, which Meta of an abstract base hands down, and lists without items."""
    nothing = {"indexes", "constraints"}
    return {name: value for name, value in options.items() if name != "abstract" and (value or name not in nothing)}


def option_data(name: str, value: Any) -> Any:
    match name, value:
        case ("indexes" | "constraints"), _:
            return [object_data(item) for item in value]
        case "unique_together", _:
            return unique_data(value)
        case "permissions", list():
            return [[value_data(part) for part in item] for item in value]
    return value_data(value)


def unique_data(value: Any) -> list[list[str]]:
    return sorted(list(names) for names in value or ())


def bases_data(bases: Sequence[Any], scope: Scope) -> list[str]:
    """Give the bases of a model; none where it has only Django's own."""
    return [] if tuple(bases) == (models.Model,) else [base_data(base, scope) for base in bases]


def base_data(base: Any, scope: Scope) -> str:
    if isinstance(base, str):
        return model_data(base, scope)
    return "models.Model" if base is models.Model else f"{base.__module__}.{base.__qualname__}"


def managers_data(managers: Sequence[tuple[str, Any]]) -> dict[str, str]:
    return {name: python(manager) for name, manager in managers}
