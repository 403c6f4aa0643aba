"""Indexes and constraints as a spec writes them."""

from __future__ import annotations

from typing import Any

from migspec.compiler.spelling.values import expr, python, value_data
from migspec.schemas.objects.classes import CONSTRAINTS, INDEXES, slot

FIRST = ("fields", "expressions", "condition", "name")


def object_data(value: Any) -> dict[str, Any] | str:
    """Give an index or a constraint as a mapping; as a string as in models.py where a mapping cannot say it.

    CannotSerialize.
    """
    path, args, kwargs = value.deconstruct()
    module, _, name = path.rpartition(".")
    known = {**INDEXES, **CONSTRAINTS}.get(name)
    if known is None or not f"{module}.".startswith(f"{known}."):
        if args:
            return python(value)
        name = path
    data: dict[str, Any] = {} if name == "Index" else {"type": name}
    if args:
        data["expressions"] = [python(item) for item in args]
    names = [*(key for key in FIRST if key in kwargs), *(key for key in kwargs if key not in FIRST)]
    return data | {key: argument_data(name, key, kwargs[key]) for key in names}


def argument_data(class_name: str, key: str, value: Any) -> Any:
    taken = slot(class_name, key)
    match taken.kind if taken is not None else "":
        case "expression":
            return python(value)
        case "exclusions":
            return [[item if isinstance(item, str) else expr(item), operator] for item, operator in value]
        case "names" | "texts" | "ints":
            return list(value)
        case "choice":
            return value.name
    return value_data(value)
