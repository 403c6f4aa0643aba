"""The field classes that a spec names by their bare name, and the arguments that each takes."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeAlias

from django.contrib.postgres import __name__ as postgres
from django.db import models

FieldType: TypeAlias = "type[models.Field[Any, Any]]"

# Django keeps these for historical migrations, or for itself.
NOT_OFFERED: Final = {
    "CommaSeparatedIntegerField": "write CharField with the validator validate_comma_separated_integer_list",
    "Field": "name one of its subclasses",
    "IPAddressField": "write GenericIPAddressField",
    "NullBooleanField": "write 'type: BooleanField' and 'nullable: true'",
    "OrderWrt": "use the step alter_order_with_respect_to",
}

# Imported only where they are used: their modules need a driver for PostgreSQL.
POSTGRES: Final = {
    "ArrayField": f"{postgres}.fields",
    "BigIntegerRangeField": f"{postgres}.fields",
    "DateRangeField": f"{postgres}.fields",
    "DateTimeRangeField": f"{postgres}.fields",
    "DecimalRangeField": f"{postgres}.fields",
    "HStoreField": f"{postgres}.fields",
    "IntegerRangeField": f"{postgres}.fields",
    "SearchVectorField": f"{postgres}.search",
}

# Arguments of a base class that a class sets itself.
SET_BY_THE_CLASS: Final = {"ForeignKey": {"from_fields", "to_fields"}, "OneToOneField": {"from_fields", "to_fields"}}
# `rel` is Django's own; the name stands in the verb, or is the key in `fields`.
NEVER: Final = {"rel", "name"}


# Reading a signature takes as long as checking a hundred.
SIGNATURES: dict[type[Any], Signature] = {}


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments of a class by Django's names; `positional` in their order, `rest` the name for those of `*args`."""

    names: tuple[str, ...]
    required: tuple[str, ...]
    positional: tuple[str, ...]
    rest: str = ""


def core_names() -> list[str]:
    """Give the names of Django's own field classes."""
    found = {
        name for name, value in vars(models).items() if isinstance(value, type) and issubclass(value, models.Field)
    }
    return sorted(found - NOT_OFFERED.keys())


@cache
def known_names() -> tuple[str, ...]:
    """Give the names that need no dotted path."""
    return (*core_names(), *POSTGRES)


@cache
def known_class(name: str) -> FieldType | None:
    """Give the class of a known name; None where its module cannot be imported (no driver for PostgreSQL)."""
    module = POSTGRES.get(name, models.__name__)
    try:
        found: FieldType = getattr(import_module(module), name)
    except Exception:  # a missing driver shows as ImportError or ImproperlyConfigured
        return None
    return found


def bare_name(dotted: str) -> str:
    """Give the bare name of a known class that was written with its module, else the text itself."""
    module, _, name = dotted.rpartition(".")
    if name in known_names() and (module.startswith("django.") and is_same(module, name)):
        return name
    return dotted


def is_same(module: str, name: str) -> bool:
    home = POSTGRES.get(name, models.__name__)
    return module == home or module.startswith(f"{home}.")


def signature(cls: FieldType) -> Signature:
    """Give the arguments of a field class."""
    if cls not in SIGNATURES:
        SIGNATURES[cls] = read_field_signature(cls)
    return SIGNATURES[cls]


def read_field_signature(cls: FieldType) -> Signature:
    never = NEVER | SET_BY_THE_CLASS.get(cls.__name__, set())
    found = read_signature(cls, rest="", never=never)
    if issubclass(cls, models.CompositePrimaryKey):  # its *args
        found = Signature(("field_names", *found.names), ("field_names",), (), "field_names")
    if cls is models.GeneratedField:  # required, though the constructor has a default for it
        found = replace(found, required=tuple(dict.fromkeys((*found.required, "db_persist"))))
    return found


def read_signature(cls: type[Any], *, rest: str = "expressions", never: Collection[str] = ()) -> Signature:
    """Read arguments from the constructors, from the class up as far as they hand arguments on.

    `rest` names those of an `*args` that no class above takes apart.
    """
    names: dict[str, bool] = {}
    positional: list[str] = []
    handed_on = True  # whether positional arguments go on to the class above
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]
        kinds = {parameter.kind for parameter in parameters}
        for parameter in parameters:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            if handed_on and parameter.kind is not parameter.KEYWORD_ONLY and parameter.name not in positional:
                positional.append(parameter.name)
            names.setdefault(parameter.name, parameter.default is parameter.empty)
        handed_on = handed_on and inspect.Parameter.VAR_POSITIONAL in kinds
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    if handed_on and rest:
        names, positional = {rest: False, **names}, []
    else:
        rest = ""
    offered = {name: needed for name, needed in names.items() if name not in never}
    required = tuple(name for name, needed in offered.items() if needed)
    return Signature(tuple(offered), required, tuple(positional), rest)
