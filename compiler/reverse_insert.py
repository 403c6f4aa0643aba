"""Turning inserts round."""

from __future__ import annotations

from collections.abc import Mapping

from migspec.compiler.reversal import Reversal, Underivable, made, together
from migspec.compiler.view import Carried, View, comes_back_filled, key_of
from migspec.compiler.whole_rows import whole_row
from migspec.schemas.changes import RowChange
from migspec.schemas.distinct import fixed, is_key
from migspec.schemas.paths import Held, pointing_at, primary_key
from migspec.schemas.rows import Assignments, Column, Condition, Constant, Delete, Insert, Join, Lookups, Update, Value
from migspec.schemas.writing import unnamed


def reverse_insert(view: View, change: Insert) -> Reversal:
    """Bring back what the copied rows were taken from, then take the inserted rows away."""
    fate = view.table_fate(change.model)
    if change.source is None:
        return written_rows_away(view, change) if fate != "dropped" else made([])
    if fate == "kept":
        where = skeleton(change)
        raise Underivable(f"the copies in {change.model.name} could not be told from the rows that were there before", where)
    if fate == "dropped":  # the table comes back empty, without these rows
        return together(sources_back(view, change))
    return together([*sources_back(view, change), *copies_away(view, change)])


def skeleton(change: Insert) -> str:
    """Give the beginning of a reverse that the author completes."""
    where = f"{{{change.key[0]}__in: [...]}}" if change.key and change.rows else "{...}"
    return f"reverse:\n  - delete_rows: {change.model.name}\n    where: {where}"


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
    changes = [*let_go(view, change), Delete(model=change.model, rows=rows, cascade=False)]
    if certain or not kept:
        return made(changes)
    return made(changes, ["a row that was there before goes too if it equals an inserted one in every given column"])


def told_by(view: View, change: Insert, row: Assignments, *, only_key: bool) -> Assignments:
    """Give the columns by which a row is found again: constants that the author gave and that no later step overwrites."""
    overwritten = view.written_from_here()
    found = []
    for name, value in row:
        held = view.held(change.model, name)
        if not isinstance(value, Constant) or (only_key and name not in change.key):
            continue
        if name not in change.key and (value == unnamed(held.field) or view.number(held) in overwritten):
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
    if view.goes_whole(change.source):
        return [source_rows_back(view, change, copies)]
    return source_columns_back(view, change, copies)


def source_columns_back(view: View, change: Insert, copies: Mapping[str, tuple[str, Carried]]) -> list[Reversal]:
    assert change.source is not None
    source = change.source
    assign: list[tuple[str, Value]] = [
        (name, found.value(Column(copy, "source"))) for name, (copy, found) in copies.items() if view.goes_later(found.held)
    ]
    if not assign:
        return []
    names = ", ".join(name for name, _ in assign)
    key = next(
        (
            (name, copy)
            for name, (copy, found) in copies.items()
            if is_key(view.model(source), {name}, view.state) and found.value(Column(copy)) == Column(copy)
        ),
        None,
    )
    if key is None:
        own_key = primary_key(view.state, view.model(source))[0]
        message = f"{names} of {source.name} could not come back: no copy says from which row it was taken"
        raise Underivable(message, f"copy the key too: set: {{...: {{source: {own_key}}}}}")
    differs = []
    if change.where is not None:
        for name, _ in assign:
            if not comes_back_filled(view.held(source, name)):
                message = f"{source.name}.{name} is NOT NULL, and rows that 'where' leaves out would have no value"
                raise Underivable(message)
        differs.append(f"rows of {source.name} that 'where' leaves out lose {names}")
    target = view.model(change.model)
    order = () if is_key(target, {key[1]}, view.state) else primary_key(view.state, target)
    join = Join(source=change.model, on=(key,), order=order)
    return [made([Update(model=source, assign=tuple(assign), join=join)], differs)]


def source_rows_back(view: View, change: Insert, copies: Mapping[str, tuple[str, Carried]]) -> Reversal:
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
    if change.key and not any(is_key(view.model(source), {name}, view.state) for name in taken_from(change.key, copies)):
        differs.append(f"one row for each {', '.join(change.key)}")
    own_key = primary_key(view.state, view.model(source))
    key = own_key if set(own_key) <= set(values) else ()
    return made([Insert(model=source, source=change.model, assign=assign, where=where, key=key)], differs)


def taken_from(key: tuple[str, ...], copies: Mapping[str, tuple[str, Carried]]) -> list[str]:
    return [name for name, (copy, _) in copies.items() if copy in key]


def marks(change: Insert) -> Condition:
    """Give what tells these copies from others in their table: the constants that were written beside them."""
    found = [(name, value.value) for name, value in change.assign if isinstance(value, Constant) and value.value is not None]
    if not found:
        message = f"the rows of {change.source} could not be told from others in {change.model.name}"
        raise Underivable(message, "mark them: set: {kind: ...}")
    return Lookups(tuple(found), tuple(name for name, _ in found))


def copies_away(view: View, change: Insert) -> list[Reversal]:
    """Empty a table that the spec has made, so that the data file alone may be rolled back and run again.

    It is the first insert that empties it: rolling back undoes that one last.
    """
    if view.table_fate(change.model) != "fresh" or view.inserts_into(change.model)[0].at != view.at:
        return []
    model = view.model(change.model)
    released = let_go(view, change)
    free = {(change_.model, name) for change_ in released if isinstance(change_, Update) for name, _ in change_.assign}
    for held in pointing_at(view.state, model):
        holder = key_of(held.model)
        if held.field.many_to_many:
            return []
        if not is_checked(held) or (holder, held.field.attname) in free or holder == change.model:
            continue
        inserts = view.inserts_into(holder)
        if view.table_fate(holder) != "fresh" or not inserts or inserts[0].at < view.at:
            return []
    if any(field.many_to_many for field in model.fields.values()):
        return []
    return [made([*released, Delete(model=change.model, cascade=False)])]


def let_go(view: View, change: Insert) -> list[RowChange]:
    """Set new foreign keys to NULL that a later step points at the rows that go."""
    written = view.written_from_here()
    changes: list[RowChange] = []
    for held in pointing_at(view.state, view.model(change.model)):
        if is_checked(held) and held.field.null and not view.life(held).at_start and view.number(held) in written:
            name = held.field.attname
            where = pointed_from(change, held)
            changes.append(Update(model=key_of(held.model), assign=((name, Constant(None)),), where=where))
    return changes


def is_checked(held: Held) -> bool:
    """Whether the database refuses a foreign key that points nowhere."""
    return held.is_column and bool(getattr(held.field, "db_constraint", True))


def pointed_from(change: Insert, held: Held) -> Condition:
    """Give the rows that point at inserted rows, as far as their key tells."""
    name = held.field.attname
    if len(change.key) == 1 and change.rows:
        keys = [dict(row).get(change.key[0]) for row in change.rows]
        path = f"{held.field.name}__{change.key[0]}"
        if all(isinstance(key, Constant) for key in keys):
            return Lookups(((f"{path}__in", [key.value for key in keys if isinstance(key, Constant)]),), (path,))
    return Lookups(((f"{name}__isnull", False),), (name,))
