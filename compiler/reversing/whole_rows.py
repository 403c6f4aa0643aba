"""Rows that are made anew where a dropped table comes back."""

from __future__ import annotations

from collections.abc import Mapping

from migspec.compiler.reversing.reversal import Underivable
from migspec.compiler.reversing.view import View
from migspec.schemas.data.rows import Assignments, Constant, ModelKey, Value
from migspec.schemas.data.writing import is_automatic, unnamed


def whole_row(view: View, key: ModelKey, values: Mapping[str, Value]) -> tuple[Assignments, list[str]]:
    """Complete a row: where nothing flows back, the default or NULL. Also gives what differs from the row as it was."""
    assign: dict[str, Value] = {}
    differs: list[str] = []
    for name, held in view.columns(key).items():
        if name in values:
            assign[name] = values[name]
            continue
        if getattr(held.field, "generated", False):
            continue
        if is_automatic(held.field):
            differs.append("new ids" if name == "id" else f"new values of {name}")
            continue
        value = unnamed(held.field)
        if isinstance(value, str):
            example = ("reverse", [{"copy_rows": ..., "into": key.name, "set": {name: ...}}])
            raise Underivable(f"the rows of {key.name} would come back without '{name}', which {value}", example)
        differs.append(f"{name} is NULL" if value == Constant(None) else f"{name} is its default")
        if value is not None:
            assign[name] = value
    return tuple(assign.items()), differs
