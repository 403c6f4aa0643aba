"""Turning inserts round."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import JSONField

from migspec.compiler.changes.cells import is_checked
from migspec.compiler.changes.pointing import relations_to
from migspec.compiler.reversing.reversal import Reversal, Underivable, check_reads_columns, made, together
from migspec.compiler.reversing.view import (
    Carried,
    Pointing,
    View,
    comes_back_filled,
    key_of,
    not_empty,
    selects_all_but_null,
)
from migspec.compiler.reversing.whole_rows import whole_row
from migspec.schemas.data.distinct import fixed, is_key
from migspec.schemas.data.paths import AnyField, Held, primary_key, related, unique_sets
from migspec.schemas.data.rows import (
    Assignments,
    Column,
    Condition,
    Constant,
    Delete,
    Insert,
    Join,
    KeyOf,
    Lookups,
    ModelKey,
    Update,
    Value,
)
from migspec.schemas.errors.pasting import Line

# Defaults that a condition can name.
PLAIN = (bool, int, str, Decimal)

# By the column that was copied: the column that has its values, and how they were taken over.
Copies = Mapping[str, tuple[str, Carried]]


def reverse_insert(view: View, change: Insert) -> Reversal:
    """Bring back what the copied rows were taken from, then take the inserted rows away."""
    fate = view.table_fate(change.model)
    if change.source is None:
        return written_rows_away(view, change) if fate != "dropped" else made([])
    if fate == "kept":
        return copies_out(view, change)
    if fate == "dropped":  # the table comes back empty, without these rows
        return together(sources_back(view, change))
    return together([*sources_back(view, change), *copies_away(view, change)])


def skeleton(change: Insert) -> Line:
    """Give the beginning of a reverse that the author completes."""
    where: Any = {f"{change.key[0]}__in": [...]} if change.key and change.rows else ...
    return "reverse", [{"delete_rows": change.model, "where": where}]


# --- rows that are written in the spec ---


def written_rows_away(view: View, change: Insert) -> Reversal:
    """Delete the rows that are equal in every given column, but for those that others point at."""
    kept = view.table_fate(change.model) == "kept"
    if not kept and change.key and not points_at_inserted(view, change):
        return made([])  # the table goes; and until then, running again leaves the rows alone that are there
    if kept and change.key and change.existing == "update":
        raise Underivable(f"what updated rows of {change.model.name} held before would be lost", skeleton(change))
    # No row with such a key was there before.
    certain = bool(change.key) and (change.existing == "error" or not kept)
    rows = tuple(told_by(view, change, row, only_key=certain) for row in change.rows)
    if not all(rows):
        if not kept and change.key:
            return made([])
        raise Underivable(f"the inserted rows of {change.model.name} could not be told from others", skeleton(change))
    delete = Delete(model=change.model, rows=rows, cascade=False, unreferenced=is_pointed_at(view, change))
    if certain or not kept:
        return made([delete])
    compared = dict.fromkeys(name for row in rows for name, _ in row)
    all_given = all(len(told) == len(row) for told, row in zip(rows, change.rows, strict=True))
    columns = "every given column" if all_given else ", ".join(compared)
    return made([delete], [goes_too(f"an inserted one in {columns}", delete)])


def is_pointed_at(view: View, change: Insert) -> bool:
    """Whether rows of any model may point at those that are inserted: then rolling back leaves them alone."""
    return bool(relations_to(view.state, view.model(change.model)))


def points_at_inserted(view: View, change: Insert) -> bool:
    """Whether the new rows point at rows that the spec has inserted before, and that rolling back takes away."""
    kept = {
        earlier.table_number
        for earlier in view.earlier
        if isinstance(earlier.change, Insert) and earlier.table_fate(earlier.change.model) == "kept"
    }
    relations = (held for held, _ in view.assigned if held.field.remote_field is not None)
    targets = (related(view.state, held) for held in relations if is_checked(held))
    return any(to is not None and view.fates.number(view.at, key_of(to)) in kept for to in targets)


def goes_too(equal: str, delete: Delete) -> str:
    """Say which rows that were there before a reversal deletes."""
    spared = ", and no other row points at it" if delete.unreferenced else ""
    return f"a row that was there before goes too if it equals {equal}{spared}"


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


def copies_out(view: View, change: Insert) -> Reversal:
    """Delete from a kept table the rows that a source row would give again, by the columns that tell."""
    assert change.source is not None
    lost = f"the copies in {change.model.name} could not be told from the rows that were there before"
    if change.key and change.existing == "update":
        raise Underivable(f"what updated rows of {change.model.name} held before would be lost", skeleton(change))
    certain = bool(change.key) and change.existing == "error"  # no row with such a key was there before
    told = [(name, value) for name, value in change.assign if name in change.key or not certain]
    overwritten = view.written_from_here()
    on: list[tuple[str, str]] = []
    same: list[tuple[str, Any]] = []
    compared: set[str] = set()
    for name, value in told:
        held = view.held(change.model, name)
        if view.number(held) in overwritten and name not in change.key:
            continue
        if isinstance(value, Constant):
            same.append(equal(name, value.value))
        elif isinstance(value, KeyOf) and (found := pointing_at_one(view, held, value)):
            same += found
        elif isinstance(value, Column) and (read := same_at_both_ends(view, change.source, value)) is not None:
            on.append((name, read))
        else:
            continue
        compared.add(name)
    by_key = bool(change.key) and set(change.key) <= compared
    tells = by_key or compared >= {name for name, _ in change.assign}
    if change.source == change.model:
        raise Underivable(f"{lost}: the step reads {change.model.name} too", skeleton(change))
    if not view.is_stable(change.source, change.where):
        raise Underivable(f"{lost}: 'where' reads columns that the spec changes", skeleton(change))
    if not on or not tells:
        raise Underivable(lost, skeleton(change))
    left = [] if certain else left_at_default(view, change)
    if not certain and not left and compared <= set(change.key) and more_than_key(view, change):
        raise Underivable(lost, skeleton(change))
    same += [equal(name, value) for name, value in left]
    where = Lookups(tuple(same), tuple(name.removesuffix("__isnull") for name, _ in same)) if same else None
    delete = Delete(
        model=change.model,
        where=where,
        join=Join(source=change.source, on=tuple(on), where=change.where),
        cascade=False,
        unreferenced=is_pointed_at(view, change),
    )
    if certain and by_key:
        return made([delete])
    names = dict.fromkeys([*(name for name, _ in on), *(name for name, _ in told if name in compared)])
    defaults = " and in the defaults of the others" if left else ""
    return made([delete], [goes_too(f"a copy in {', '.join(names)}{defaults}", delete)])


def more_than_key(view: View, change: Insert) -> bool:
    """Whether rows with one key may differ in other columns; then the key alone does not tell a copy."""
    return bool(view.columns(change.model).keys() - {*change.key, *primary_key(view.state, view.model(change.model))})


def equal(name: str, value: Any) -> tuple[str, Any]:
    """Give the lookup of a value, NULL among them."""
    return (f"{name}__isnull", True) if value is None else (name, value)


def pointing_at_one(view: View, held: Held, value: KeyOf) -> list[tuple[str, Any]]:
    """Give the lookups of rows that point at the one row that a value found; none where others may be found later."""
    if not isinstance(value.where, Lookups) or not view.is_stable(value.model, value.where):
        return []
    return [(f"{held.field.name}__{name}", one) for name, one in value.where.items]


def left_at_default(view: View, change: Insert) -> list[tuple[str, Any]]:
    """Give the columns that a copy is not given, with their defaults: in a row that was there before they may differ.

    Only values of which every database says the same whether they are equal.
    """
    given, overwritten = {name for name, _ in change.assign}, view.written_from_here()
    found: list[tuple[str, Any]] = []
    for name, held in view.columns(change.model).items():
        field = held.field
        if name in given or view.number(held) in overwritten or not view.life(held).at_end:
            continue
        if not field.has_default():
            if field.null and not has_own_value(field):
                found.append((name, None))
        elif isinstance(field.default, PLAIN) and not isinstance(field, JSONField):
            found.append((name, field.default))
    return found


def has_own_value(field: AnyField) -> bool:
    """Whether the database or the model gives a column a value where nobody does."""
    clock = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return bool(clock or getattr(field, "generated", False) or field.has_db_default())


def same_at_both_ends(view: View, source: ModelKey, value: Column) -> str | None:
    """Give the column of the source that a copy was taken from, if it stays as it is and no NULL in it hides a row."""
    walked = view.walk(source, value.path)
    if walked is None or walked.hops or walked.rest or walked.held is None:
        return None
    if walked.held.field.null or not view.life(walked.held).at_end:
        return None
    if view.number(walked.held) in view.written_from_here():
        return None
    return walked.held.field.attname


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
        raise Underivable(message, copied_key(view, change, copies))
    all_there = any(isinstance(one.change, Insert) and one.takes_all_rows for one in later)
    rows = [] if all_there else [source_rows_back(view, change, copies)]
    return [*rows, *source_columns_back(view, change, copies)]


def source_columns_back(view: View, change: Insert, copies: Copies) -> list[Reversal]:
    assert change.source is not None
    source = change.source
    assign: list[tuple[str, Value]] = [
        (name, found.value(Column(copy, "source")))
        for name, (copy, found) in copies.items()
        if view.goes_later(found.held) and not any(one.tells(view.number(found.held)) for one in view.later)
    ]
    if not assign:
        return []
    names = ", ".join(name for name, _ in assign)
    key = key_of_rows(view, change, copies)
    if not key:
        message = f"{names} of {source.name} could not come back: no copy says from which row it was taken"
        raise Underivable(message, copied_key(view, change, copies))
    check_reads_columns(source, tuple(assign))
    differs = [words for name, _ in assign for words in copies[name][1].differs]
    lost = [name for name, _ in assign if leaves_out(view, change, name)]
    for name in lost:
        if not comes_back_filled(view.held(source, name)):
            message = f"{source.name}.{name} is NOT NULL, and rows that 'where' leaves out would have no value"
            raise Underivable(message)
    if lost:
        differs.append(f"rows of {source.name} that 'where' leaves out lose {', '.join(lost)}")
    target = view.model(change.model)
    order = () if is_key(target, {copy for _, copy in key}, view.state) else primary_key(view.state, target)
    (name, _), *more = assign
    copy, found = copies[name]
    where = None if more else not_empty(found.held, view.held(change.model, copy))
    join = Join(source=change.model, on=key, where=where, order=order)
    return [made([Update(model=source, assign=tuple(assign), join=join)], differs)]


def leaves_out(view: View, change: Insert, name: str) -> bool:
    """Whether rows that are not copied may have a value in a column: what is NULL comes back as NULL."""
    assert change.source is not None
    field = view.held(change.source, name).field
    comes_back_null = field.null and not field.has_default() and not field.has_db_default()
    return change.where is not None and not (comes_back_null and selects_all_but_null(change.where, name))


def source_rows_back(view: View, change: Insert, copies: Copies) -> Reversal:
    """Copy the copies back."""
    assert change.source is not None
    source = change.source
    known = fixed(change.where, view.model(source), view.state)
    values: dict[str, Value] = {name: Constant(value) for name, value in known.items()}
    values |= {name: found.value(Column(copy, "source")) for name, (copy, found) in copies.items()}
    assign, differs = whole_row(view, source, values)
    differs += [words for _, found in copies.values() for words in found.differs]
    where = None if len(view.inserts_into(change.model)) == 1 else marks(change)
    if change.where is not None and not (isinstance(change.where, Lookups) and len(known) == len(change.where.items)):
        differs.append(f"rows of {source.name} that 'where' leaves out do not come back")
    if change.key and not is_key(view.model(source), taken_from(change.key, copies), view.state):
        differs.append(f"one row for each {', '.join(change.key)}")
    own_key = primary_key(view.state, view.model(source))
    key = own_key if set(own_key) <= set(values) else ()
    return made([Insert(model=source, source=change.model, assign=assign, where=where, key=key)], differs)


def key_of_rows(view: View, change: Insert, copies: Copies) -> tuple[tuple[str, str], ...]:
    """Give columns of the source that tell its rows apart, each with the column that has its values."""
    assert change.source is not None
    same = {name: copy for name, (copy, found) in copies.items() if found.value(Column(copy)) == Column(copy)}
    keys = (names for names in unique_sets(view.state, view.model(change.source)) if names <= same.keys())
    return tuple((name, same[name]) for name in sorted(next(keys, ())))


def copied_key(view: View, change: Insert, copies: Copies) -> Line:
    """Give the line that copies the key of the source too; where several rows may share a copy, that of a reverse."""
    assert change.source is not None
    if change.key:
        values = {name: {"source": copy} for name, (copy, found) in copies.items() if view.goes_later(found.held)}
        return "reverse", [{"update_rows": change.source, "source": change.model, "match": ..., "set": values}]
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


def takes_rows_away(view: View) -> bool:
    """Whether undoing an insert deletes its rows."""
    if not isinstance(view.change, Insert):
        return False
    if view.at in view.fates.added:
        return True
    try:
        return any(isinstance(change, Delete) for change in reverse_insert(view, view.change).changes or ())
    except Underivable:
        return False
