"""Reversing row changes: what undoes a change, given what becomes of the columns that it reads and writes.

Rolling back owes the values of every column that was there before the spec, of those that it drops and of those that it
keeps. It owes nothing for what the spec has made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migspec.compiler.fates import Fates
from migspec.compiler.reversal import Reversal, Underivable, made
from migspec.compiler.reverse_insert import reverse_insert
from migspec.compiler.reverse_update import reverse_update
from migspec.compiler.view import View, comes_back_filled, key_of
from migspec.schemas.paths import Held
from migspec.schemas.rows import Delete, Insert, ModelKey, Update

__all__ = ["Relaxed", "Underivable", "needs_relaxing", "reverse"]


def reverse(fates: Fates, at: int) -> Reversal:
    """Give what undoes the row change at place `at` of a spec; Underivable where that would lose values."""
    view = View(fates, at)
    match view.change:
        case Update():
            found = reverse_update(view, view.change)
        case Insert():
            found = reverse_insert(view, view.change)
        case Delete():
            found = reverse_delete(view, view.change)
    check_nothing_is_lost(view)
    return found


def reverse_delete(view: View, change: Delete) -> Reversal:
    """What is deleted from a table that the spec made is not owed; anything else is lost."""
    if view.table_fate(change.model) in ("fresh", "transient"):
        return made([])
    written = ("reverse", [{"insert_rows": change.model.name, "rows": [...]}])
    raise Underivable(f"the deleted rows of {change.model.name} would be lost", written)


def check_nothing_is_lost(view: View) -> None:
    """Underivable where a value is computed from a column that is dropped, and nothing tells what the column held."""
    for held, value in view.assigned:
        for walked in view.read_by(value):
            read = walked.held
            if read is None or not view.goes_later(read) or view.number(read) == view.number(held):
                continue
            if not any(other.restores(view.number(read)) for other in view.all):
                column, copy = f"{read.model.name}.{read.field.name}", f"{held.model.name}.{held.field.name}"
                written = ("reverse", [{"update_rows": read.model.name, "set": {read.field.attname: ...}}])
                raise Underivable(f"{column} is dropped, and what it held could not be told from {copy}", written)


# --- NOT NULL ---


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A NOT NULL column that is to be made nullable before a row change, under its name there."""

    at: int  # the row change, as an index of Fates.moments
    model: ModelKey
    field: str


def needs_relaxing(fates: Fates, reversals: Mapping[int, Reversal]) -> list[Relaxed]:
    """Give the columns that are dropped, and that a reversal fills after they came back.

    A NOT NULL column without a default cannot come back on a table with rows. `reversals` are by the place of their
    change.
    """
    found: dict[int, Relaxed] = {}
    for at, reversal in sorted(reversals.items()):
        view = View(fates, at)
        for change in reversal.changes or ():
            for name, _ in change.assign if isinstance(change, Update) else ():
                held = view.held(change.model, name)
                key = key_of(held.model)
                if view.life(held).at_end or comes_back_filled(held) or goes_with_its_table(view, held):
                    continue
                found.setdefault(view.number(held), Relaxed(at, key, held.field.name))
    return list(found.values())


def goes_with_its_table(view: View, held: Held) -> bool:
    """Whether the spec drops a column only with its table, which comes back without rows."""
    column, table = view.number(held), view.fates.number(view.at, key_of(held.model))
    return all(column in names.values() for names in view.fates.names[view.at :] if table in names.values())
