"""Unique columns that one UPDATE changes in many rows: databases look for duplicates row by row, not at its end."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.changes.cells import model_of
from migspec.compiler.emit.code import CannotEmit
from migspec.schemas.changes import RowChange
from migspec.schemas.data.distinct import one_row
from migspec.schemas.data.paths import columns, unique_sets
from migspec.schemas.data.rows import Column, Computed, Mapped, Numbered, Update, Value

NUMBERS = ("Integer", "Decimal", "Float")


def check_unique(
    changes: Iterable[RowChange], state: ProjectState, new_columns: Collection[tuple[str, str, str]]
) -> None:
    """CannotEmit where a row would get a value that another row, which gets a new one too, may still hold.

    `new_columns` (app label, model in lower case, attname) are NULL everywhere.
    """
    for change in changes:
        if not isinstance(change, Update):
            continue
        model = model_of(state, change.model)
        if one_row(model, change.where, state):
            continue
        shared = set().union(*unique_sets(state, model))
        for name, value in change.assign:
            is_new = (model.app_label, model.name_lower, name) in new_columns
            if name in shared and not is_new and _moves_up(name, value, model, state):
                raise CannotEmit(
                    f"'{name}' is unique, and databases look at that row by row: a row may get what the next still has",
                    "take the uniqueness away in a step before (alter_field with unique: false, or remove_constraint)"
                    " and bring it back in one after",
                    "set",
                    name,
                )


def _moves_up(name: str, value: Value, model: ModelState, state: ProjectState) -> bool:
    """Whether new values are likely to be old values of other rows."""
    match value:
        case Numbered():
            return True
        case Computed(of="row"):
            kind = columns(state, model)[name].field.get_internal_type()
            return name in value.reads and any(number in kind for number in NUMBERS)
        case Mapped(column=Column(of="row", path=path)) if path == name:
            olds = [old for old, _ in value.pairs]
            return any(new != old and new in olds for old, new in value.pairs)
    return False
