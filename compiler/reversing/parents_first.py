"""The order in which the rows of dropped tables come back: first those that others point at.

Copies are made parents first, so undoing them one by one would bring back children first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from migspec.compiler.changes.cells import is_checked
from migspec.compiler.reversing.fates import Fates
from migspec.compiler.reversing.reversal import Reversal, Underivable, made
from migspec.compiler.reversing.view import View, key_of
from migspec.schemas.changes import PythonChange, RowChange, SQLChange, Touch
from migspec.schemas.data.paths import related
from migspec.schemas.data.rows import Constant, Delete, Insert, ModelKey, Update

DERIVED = ("exact", "best effort")


def parents_first(fates: Fates, reversals: Mapping[int, Reversal], at: int) -> dict[int, Reversal]:
    """Give the reversals that change where the one at place `at` needs rows that are made anew only after it.

    `reversals` are by the place of their change. Underivable where those rows cannot come back before.
    """
    changed: dict[int, Reversal] = {}
    own = reversals[at]
    if own.fidelity not in DERIVED or own.saves:
        return changed
    changes, differs = list(own.changes or ()), [own.differs]
    view, index = View(fates, at), 0
    while index < len(changes):
        for holder, parent in _parents(view, changes[index]):
            for before in sorted((place for place in reversals if place < at), reverse=True):
                reversal = changed.get(before, reversals[before])
                moved = _rows_of(fates, before, reversal, view, parent)
                if not moved:
                    continue
                if not all(_is_same(fates, before, at, change) for change in moved):
                    rows = f"the rows of {holder.name} would come back"
                    message = f"{rows} before those of {parent.name} to which they point"
                    raise Underivable(message)
                changes[index:index] = moved
                rest = [change for change in reversal.changes or () if change not in moved]
                differs.append(reversal.differs)
                changed[before] = replace(made(rest, [reversal.differs] if rest else []), saves=reversal.saves)
                break
            else:
                continue
            break  # what comes first now may point at rows itself
        else:
            index += 1
    return {**changed, at: made(changes, differs)} if changed else {}


def _parents(view: View, change: RowChange) -> Iterator[tuple[ModelKey, ModelKey]]:
    """Give the tables to which the columns that a change sets point, where those are dropped; each after its holder."""
    for name, value in change.assign if isinstance(change, (Insert, Update)) else ():
        held = view.columns(change.model).get(name)
        if held is None or held.field.remote_field is None or not is_checked(held) or value == Constant(None):
            continue
        to = related(view.state, held)
        if to is not None and key_of(to) != change.model and view.table_fate(key_of(to)) in ("dropped", "transient"):
            yield change.model, key_of(to)


def _rows_of(fates: Fates, before: int, reversal: Reversal, view: View, parent: ModelKey) -> Sequence[Insert]:
    """Give the inserts of a derived reversal that make the rows of a table anew."""
    if reversal.fidelity not in DERIVED or reversal.saves:
        return []
    number = view.fates.number(view.at, parent)
    inserts = [change for change in reversal.changes or () if isinstance(change, Insert)]
    return [change for change in inserts if fates.number(before, change.model) == number]


def _is_same(fates: Fates, before: int, at: int, change: Insert) -> bool:
    """Whether an insert that undoes the change at `before` does the same when the change at `at` is undone."""
    models = [key for key in (change.model, change.source) if key is not None]
    for key in models:
        then, now = (
            {name: number for name, number in fates.names[place].items() if name[:2] == key.lower}
            for place in (before, at)
        )
        if then != now:
            return False
    for moment in fates.moments[before + 1 : at + 1]:
        match moment.change:
            case Update(model=model) | Insert(model=model) | Delete(model=model):
                if model in models:
                    return False
            case PythonChange() | SQLChange():
                rows = [Touch("model", *key.lower) for key in models]
                if any(written.overlaps(row) for written in moment.change.effects.writes for row in rows):
                    return False
    return True
