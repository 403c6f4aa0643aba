"""Turning inserts round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migspec.compiler.reversal import Reversal, Underivable, made, together
from migspec.compiler.view import Carried, Pointing, View, comes_back_filled, not_empty
from migspec.compiler.whole_rows import whole_row
from migspec.schemas.distinct import fixed, is_key
from migspec.schemas.pasting import Line
from migspec.schemas.paths import Held, primary_key
from migspec.schemas.rows import Assignments, Column, Condition, Constant, Delete, Insert, Join, Lookups, Update, Value

# By the column that was copied: the column that has its values, and how they were taken over.
Copies = Mapping[str, tuple[str, Carried]]


def reverse_insert(view: View, change: Insert) -> Reversal:
    """Bring back what the copied rows were taken from, then take the inserted rows away."""
    fate = view.table_fate(change.model)
    if change.source is None:
        return written_rows_away(view, change) if fate != "dropped" else made([])
    if fate == "kept":
        where = skeleton(change)
        raise Underivable(
            f"the copies in {change.model.name} could not be told from the rows that were there before", where
        )
    if fate == "dropped":  # the table comes back empty, without these rows
        return together(sources_back(view, change))
    return together([*sources_back(view, change), *copies_away(view, change)])


def skeleton(change: Insert) -> Line:
    """Give the beginning of a reverse that the author completes."""
    where: Any = {f"{change.key[0]}__in": [...]} if change.key and change.rows else ...
    return "reverse", [{"delete_rows": change.model.name, "where": where}]


# --- rows that are written in the spec ---


def written_rows_away(view: View, change: Insert) -> Reversal:
    """Delete the rows that are equal in every given column."""
    kept = view.table_fate(change.model) == "kept"
    if not kept and change.key:
        return made([])  # the table goes; and until then, running again leaves the rows alone that are there
    if kept and change.key and change.existing == "update":
        raise Underivable(f"what updated rows of {change.model.name} held before would be lost", skeleton(change))
    certain = bool(change.key) and change.existing == "error"  # no row with such a key was there before
    rows = tuple(told_by(view, change, row, only_key=certain) for row in change.rows)
    if not all(rows):
        raise Underivable(f"the inserted rows of {change.model.name} could not be told from others", skeleton(change))
    for pointing in view.pointing_at(change.model):
        if pointing.life.at_start and cascades(pointing.held):
            holder = pointing.held.model.name
            message = (
                f"the database would delete the rows of {holder} that point at inserted rows of {change.model.name}"
            )
            raise Underivable(message, skeleton(change))
    delete = Delete(model=change.model, rows=rows, cascade=False)
    if certain or not kept:
        return made([delete])
    return made([delete], ["a row that was there before goes too if it equals an inserted one in every given column"])


def told_by(view: View, change: Insert, row: Assignments, *, only_key: bool) -> Assignments:
    """Give the columns by which a row is found again: constants of the author that no later step overwrites."""
    overwritten = view.written_from_here()
    found = []
    for name, value in row:
        held = view.held(change.model, name)
        if not isinstance(value, Constant) or (only_key and name not in change.key):
            continue
        if name not in change.key and view.number(held) in overwritten:
            continue
        found.append((name, value))
    return tuple(found)


# --- rows that were copied ---


def sources_back(view: View, change: Insert) -> list[Reversal]:
    """The model that was copied: its rows where it is dropped, else its columns that are dropped."""
    assert change.source is not None
    copies: dict[str, tuple[str, Carried]] = {}
    for name, value in change.assign:
        held = view.held(change.model, name)
        found = view.carried(value, held)
        if found and not found.walked.hops and view.survives(held):
            copies.setdefault(found.attname, (name, found))
    if not copies:
        return []
    if not view.goes_whole(change.source):
        return source_columns_back(view, change, copies)
    later = view.brought_back_before(change.source)
    if not later:
        return [source_rows_back(view, change, copies)]
    # Rows that are there by then get what this change took from them.
    if not key_of_rows(view, change, copies):
        message = f"rows of {change.source.name} come back from another copy, and nothing says which are the same"
        raise Underivable(message, copied_key(view, change))
    all_there = any(isinstance(one.change, Insert) and one.takes_all_rows for one in later)
    rows = [] if all_there else [source_rows_back(view, change, copies)]
    return [*rows, *source_columns_back(view, change, copies)]


def source_columns_back(view: View, change: Insert, copies: Copies) -> list[Reversal]:
    assert change.source is not None
    source = change.source
    assign: list[tuple[str, Value]] = [
        (name, found.value(Column(copy, "source")))
        for name, (copy, found) in copies.items()
        if view.goes_later(found.held)
    ]
    if not assign:
        return []
    names = ", ".join(name for name, _ in assign)
    key = key_of_rows(view, change, copies)
    if key is None:
        message = f"{names} of {source.name} could not come back: no copy says from which row it was taken"
        raise Underivable(message, copied_key(view, change))
    differs = []
    if change.where is not None:
        for name, _ in assign:
            if not comes_back_filled(view.held(source, name)):
                message = f"{source.name}.{name} is NOT NULL, and rows that 'where' leaves out would have no value"
                raise Underivable(message)
        differs.append(f"rows of {source.name} that 'where' leaves out lose {names}")
    target = view.model(change.model)
    order = () if is_key(target, {key[1]}, view.state) else primary_key(view.state, target)
    (name, _), *more = assign
    copy, found = copies[name]
    where = None if more else not_empty(found.held, view.held(change.model, copy))
    join = Join(source=change.model, on=(key,), where=where, order=order)
    return [made([Update(model=source, assign=tuple(assign), join=join)], differs)]


def source_rows_back(view: View, change: Insert, copies: Copies) -> Reversal:
    """Copy the copies back."""
    assert change.source is not None
    source = change.source
    known = fixed(change.where, view.model(source), view.state)
    values: dict[str, Value] = {name: Constant(value) for name, value in known.items()}
    values |= {name: found.value(Column(copy, "source")) for name, (copy, found) in copies.items()}
    assign, differs = whole_row(view, source, values)
    where = None if len(view.inserts_into(change.model)) == 1 else marks(change)
    if change.where is not None and not (isinstance(change.where, Lookups) and len(known) == len(change.where.items)):
        differs.append(f"rows of {source.name} that 'where' leaves out do not come back")
    if change.key and not any(
        is_key(view.model(source), {name}, view.state) for name in taken_from(change.key, copies)
    ):
        differs.append(f"one row for each {', '.join(change.key)}")
    own_key = primary_key(view.state, view.model(source))
    key = own_key if set(own_key) <= set(values) else ()
    return made([Insert(model=source, source=change.model, assign=assign, where=where, key=key)], differs)


def key_of_rows(view: View, change: Insert, copies: Copies) -> tuple[str, str] | None:
    """Give a column of the source that tells its rows apart, and the column that has its values."""
    assert change.source is not None
    for name, (copy, found) in copies.items():
        if is_key(view.model(change.source), {name}, view.state) and found.value(Column(copy)) == Column(copy):
            return name, copy
    return None


def copied_key(view: View, change: Insert) -> Line:
    """Give the line that copies the key of the source too."""
    assert change.source is not None
    (name, *_), (copy, *_) = (primary_key(view.state, view.model(key)) for key in (change.source, change.model))
    return "set", {copy: {"source": name}}


def taken_from(key: tuple[str, ...], copies: Copies) -> list[str]:
    return [name for name, (copy, _) in copies.items() if copy in key]


def marks(change: Insert) -> Condition:
    """Give what tells these copies from others in their table: the constants that were written beside them."""
    found = [
        (name, value.value) for name, value in change.assign if isinstance(value, Constant) and value.value is not None
    ]
    if not found:
        message = f"the rows of {change.source} could not be told from others in {change.model.name}"
        raise Underivable(message, ("set", {"kind": ...}))
    return Lookups(tuple(found), tuple(name for name, _ in found))


def copies_away(view: View, change: Insert) -> list[Reversal]:
    """Empty a table that the spec has made, so that the data file alone may be rolled back and run again.

    It is the first insert that empties it: rolling back undoes that one last. Where rows that are not the spec's own
    may point at the copies, they stay until the table goes.
    """
    if view.table_fate(change.model) != "fresh" or view.inserts_into(change.model)[0].at != view.at:
        return []
    if any(field.many_to_many for field in view.model(change.model).fields.values()):
        return []
    if not all(lets_go(view, pointing) for pointing in view.pointing_at(change.model)):
        return []
    return [made([Delete(model=change.model, cascade=False)])]


def lets_go(view: View, pointing: Pointing) -> bool:
    """Whether nothing points at the rows of a table by this relation when they are taken away."""
    if pointing.held.field.many_to_many:
        return False
    if not is_checked(pointing.held):
        return True
    if not pointing.life.at_start and pointing.held.field.null and pointing.number in view.written_from_here():
        return True  # undoing that update releases them: see reverse_update
    inserts = [one for one in view.all if isinstance(one.change, Insert) and one.table_number == pointing.holder]
    return view.fates.lives[pointing.holder].fate == "fresh" and bool(inserts) and inserts[0].at > view.at


def is_checked(held: Held) -> bool:
    """Whether the database refuses a foreign key that points nowhere."""
    return held.is_column and bool(getattr(held.field, "db_constraint", True))


def cascades(held: Held) -> bool:
    """Whether the database itself deletes rows with those that they point at: DB_CASCADE, of Django 6.1."""
    return getattr(getattr(held.field.remote_field, "on_delete", None), "operation", None) == "CASCADE"


def takes_rows_away(view: View) -> bool:
    """Whether undoing an insert deletes its rows."""
    if not isinstance(view.change, Insert):
        return False
    try:
        return any(isinstance(change, Delete) for change in reverse_insert(view, view.change).changes or ())
    except Underivable:
        return False
