"""Whether the values that a step writes into a unique column are proved to differ from row to row.

What is proved is about the rows that the step writes. Rows that it leaves alone keep their values, and where a new
value is one of those, the database refuses it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.schemas.data import rows
from migspec.schemas.data.paths import columns, primary_key, unique_sets

# Functions that do not give the same value twice.
DISTINCT_CALLABLES = {
    *("uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7"),
    *("secrets.token_bytes", "secrets.token_hex", "secrets.token_urlsafe"),
}


def proved_distinct(
    value: rows.Value,
    *,
    model: ModelState,
    source: ModelState | None,
    join: rows.Join | None,
    where: rows.Condition,
    state: ProjectState,
) -> bool:
    """Whether no two rows get the same value; NULL repeats without harm."""
    if one_row(model, where, state):
        return True
    match value:
        case rows.Constant():
            return value.value is None
        case rows.PerRow():
            return value.expression.text in DISTINCT_CALLABLES
        case rows.Column():
            return differs_by_row(value, model, source, join, state)
        case rows.Numbered():
            return not value.within
        case rows.Mapped():
            settled = all(policy in ("error", "null") for policy in (value.unmatched, value.nulls))
            return value.one_to_one and settled and differs_by_row(value.column, model, source, join, state)
    return False


def one_row(model: ModelState, where: rows.Condition, state: ProjectState) -> bool:
    """Whether a condition selects at most one row."""
    return is_key(model, fixed(where, model, state), state)


def fixed(where: rows.Condition, model: ModelState, state: ProjectState) -> dict[str, Any]:
    """Give the columns that a condition fixes to one value, with the value."""
    if not isinstance(where, rows.Lookups):
        return {}
    known = columns(state, model)
    key = primary_key(state, model)
    found = {path.removesuffix("__exact"): value for path, value in where.items}
    if "pk" in found and len(key) == 1:
        found[key[0]] = found["pk"]
    return {name: value for name, value in found.items() if name in known}


def differs_by_row(
    column: rows.Column, model: ModelState, source: ModelState | None, join: rows.Join | None, state: ProjectState
) -> bool:
    """Whether a column's values differ from row to row of the model that is written."""
    if column.of == "row":
        return is_key(model, {column.path}, state)
    if source is None or join is None or not is_key(source, {column.path}, state):
        return False
    # Different rows of the source have different values. Two rows of the model share a source row
    # only where they agree in every column of the match.
    return is_key(model, {own for own, _ in join.on}, state)


def is_key(model: ModelState, names: Collection[str], state: ProjectState) -> bool:
    """Whether no two rows agree in all of these columns."""
    return any(unique <= set(names) for unique in unique_sets(state, model))
