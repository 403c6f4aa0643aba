"""Reversing row changes: what undoes a change, given what becomes of the columns that it reads and writes.

Rolling back owes the values of every column that was there before the spec, of those that it drops and of those that it
keeps. It owes nothing for what the spec has made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.migrations.operations import RemoveField

from migspec.compiler.reversing.fates import Fates
from migspec.compiler.reversing.reversal import Reversal, Underivable, made
from migspec.compiler.reversing.reverse_insert import reverse_insert
from migspec.compiler.reversing.reverse_update import reverse_update
from migspec.compiler.reversing.view import View, comes_back_filled, key_of
from migspec.schemas.changes import PythonChange, SchemaChange, SQLChange, Touch
from migspec.schemas.data.paths import Held, bound
from migspec.schemas.data.rows import Delete, Insert, ModelKey, Update
from migspec.schemas.errors.pasting import Line

__all__ = ["Relaxed", "Underivable", "needs_relaxing", "reverse", "unfilled"]


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
    written = ("reverse", [{"insert_rows": change.model, "rows": [...]}])
    raise Underivable(f"the deleted rows of {change.model.name} would be lost", written)


def check_nothing_is_lost(view: View, kept: Collection[int] = ()) -> None:
    """Underivable where a value is computed from a column that is dropped, and nothing tells what the column held."""
    for held, value in view.assigned:
        for walked in view.read_by(value):
            read = walked.held
            if read is None or view.life(read).fate != "dropped" or not view.goes_later(read):
                continue
            if view.number(read) in {*kept, view.number(held)}:
                continue
            if not any(other.restores(view.number(read)) for other in view.all):
                column, copy = f"{read.model.name}.{read.field.name}", f"{held.model.name}.{held.field.name}"
                message = f"{column} is dropped, and what it held could not be told from {copy}"
                raise Underivable(message, bringing_back(view, read, held))


def bringing_back(view: View, read: Held, held: Held) -> Line:
    """Give the beginning of a reverse that fills a dropped column, from the row that took its value over."""
    into, taker = key_of(read.model), key_of(held.model)
    values = {read.field.attname: ...}
    if into == taker:
        return "reverse", [{"update_rows": into, "set": values}]
    if view.goes_whole(into):  # it comes back empty
        return "reverse", [{"copy_rows": taker, "into": into, "set": values}]
    return "reverse", [{"update_rows": into, "source": taker, "match": ..., "set": values}]


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
                found.setdefault(view.number(held), Relaxed(first_use(view, held), key, held.field.name))
    return list(found.values())


def first_use(view: View, held: Held) -> int:
    """Give the first row change before which the column can be altered as well: files need not alternate then."""
    fates, name = view.fates, (held.model.app_label, held.model.name_lower, held.field.name)
    found = view.at
    for at in reversed(range(view.at)):
        change = fates.moments[at].change
        if fates.names[at].get(name) != view.number(held):
            break
        if isinstance(change, Update | Insert | Delete):
            found = at
        elif any(touch.overlaps(Touch("definition", *name)) for touch in change.effects.writes):
            break
    return found


def unfilled(fates: Fates, relaxed: Collection[Relaxed]) -> tuple[list[Relaxed], list[Relaxed]]:
    """Give the other NOT NULL columns that are dropped and could not come back on a table with rows.

    First those that code of the author may fill on the way back, before that; then those that nothing fills, where they
    go.
    """
    known = {fates.number(one.at, one.model, one.field) for one in relaxed}
    by_author: list[Relaxed] = []
    by_nobody: list[Relaxed] = []
    for at, moment in enumerate(fates.moments):
        change = moment.change
        if not isinstance(change, SchemaChange) or not isinstance(change.operation, RemoveField):
            continue
        model = moment.state.models.get((change.app_label, change.operation.model_name_lower))
        if change.side != "both" or model is None or change.operation.name not in model.fields:
            continue
        held = Held(model, bound(model, change.operation.name, model.fields[change.operation.name]))
        view, number = View(fates, at), fates.number(at, key_of(model), held.field.name)
        if not held.is_column or comes_back_filled(held) or number in known or not fates.lives[number].at_start:
            continue
        if not goes_with_its_table(view, held):
            filling = filled_by_author(fates, at, number)
            (by_author if filling else by_nobody).append(filling or Relaxed(at, key_of(model), held.field.name))
    return by_author, by_nobody


def filled_by_author(fates: Fates, before: int, number: int) -> Relaxed | None:
    """Give the first code of the author, with the column's name there, whose reverse may fill a column."""
    for at, moment in enumerate(fates.moments[:before]):
        name = next((name for name, known in fates.names[at].items() if known == number), None)
        if name is None or not isinstance(moment.change, (PythonChange, SQLChange)) or not moment.change.reverse:
            continue
        app_label, model_name, field = name
        values = Touch("values", app_label, model_name, field)
        if any(written.overlaps(values) for written in moment.change.effects.writes):
            return Relaxed(at, key_of(moment.state.models[app_label, model_name]), field)
    return None


def goes_with_its_table(view: View, held: Held) -> bool:
    """Whether the spec drops a column only with its table, which comes back without rows."""
    column, table = view.number(held), view.fates.number(view.at, key_of(held.model))
    return all(column in names.values() for names in view.fates.names[view.at :] if table in names.values())
