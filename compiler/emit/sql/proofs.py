"""What the rows that a condition selects are known to hold: a map need not look for values that cannot be there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.schemas.data.paths import walk
from migspec.schemas.data.rows import Column, Computed, Condition, Lookups, Mapped

# Lookups that NULL does not fulfil.
COMPARING = {"contains", "endswith", "exact", "gt", "gte", "in", "lt", "lte", "range", "startswith"}


def names_all(value: Mapped, about: ModelState, where: Condition, state: ProjectState) -> bool:
    """Whether a map names every value but NULL of its column, in the rows of `about` that a condition selects."""
    keys = [old for old, _ in value.pairs]
    selected = _selected(value.column.path, where)
    if selected is not None:
        return all(one in keys for one in selected)
    held = walk(state, about, value.column.path).held
    return held is not None and held.field.get_internal_type() == "BooleanField" and {True, False} <= {*keys}


def _selected(path: str, where: Condition) -> Collection[Any] | None:
    """Give the values of a column in the rows that a condition selects, where it says that."""
    items = dict(where.items) if isinstance(where, Lookups) else {}
    for name in (path, f"{path}__exact"):
        if name in items and not isinstance(items[name], Column | Computed):
            return [items[name]]
    listed = items.get(f"{path}__in")
    return listed if isinstance(listed, list | tuple) else None


def is_never_null(path: str, about: ModelState, where: Condition, state: ProjectState) -> bool:
    """Whether a column of `about` holds no NULL in the rows that a condition selects."""
    for name, given in where.items if isinstance(where, Lookups) else ():
        lookup = name.removeprefix(f"{path}__") if name.startswith(f"{path}__") else "exact" if name == path else ""
        if lookup in COMPARING or (lookup == "isnull" and given is False):
            return True
    walked = walk(state, about, path)
    held = [*(hop.held for hop in walked.hops), *([walked.held] if walked.held else [])]
    return all(one.is_column and not one.field.null for one in held) and all(hop.forward for hop in walked.hops)
