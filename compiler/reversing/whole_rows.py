"""Rows that are made anew where a dropped table comes back."""

from __future__ import annotations

from collections.abc import Mapping

from migspec.compiler.reversing.reversal import Underivable
from migspec.compiler.reversing.view import View
from migspec.schemas.data.join_tables import join_key, makes_table
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
    differs += [f"{name} is empty" for name in lost_joins(view, key)]
    return tuple(assign.items()), differs


def lost_joins(view: View, key: ModelKey) -> list[str]:
    """Give the many-to-many fields of a model whose join tables go with it, and whose rows no other change copies."""
    model, found = view.model(key), []
    for name, field in model.fields.items():
        if not makes_table(field):
            continue
        table = ModelKey(*join_key(model, name))
        number = view.fates.number(view.at, table)
        copied = any(one.source and one.fates.number(one.at, one.source) == number for one in view.all)
        kept = any(saved == number for _, saved in view.fates.kept)
        if view.fates.lives[number].fate == "dropped" and not (copied or kept):
            found.append(name)
    return found
