"""Whether a row change may be run twice: then its ranges commit one by one, and a crash half-way does no harm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from migspec.dsl.expressions import is_deterministic
from migspec.schemas.changes import RowChange
from migspec.schemas.paths import PathProblem, Walk, columns, parents, pointing_at, primary_key, related, walk
from migspec.schemas.rows import (
    Column,
    Computed,
    Condition,
    Constant,
    Delete,
    Filter,
    Insert,
    Lookups,
    Mapped,
    ModelKey,
    PerRow,
    Update,
    Value,
)

# A column of a table; "*" is which rows there are.
Cell = tuple[str, str, str]
ROWS = "*"
UNKNOWN: Cell = ("", "", ROWS)


@dataclass(frozen=True, slots=True)
class Rerun:
    """`safe` is whether running the change again after any prefix of its ranges gives the rows of one full run."""

    safe: bool
    reason: str  # ends a sentence of the generated comment


def rerun(change: RowChange, state: ProjectState) -> Rerun:
    """Judge one change against the state in which it runs."""
    match change:
        case Update():
            return _update(change, state)
        case Insert():
            return _insert(change, state)
        case Delete():
            return _delete(change, state)


def rerun_all(changes: Sequence[RowChange], state: ProjectState) -> Rerun:
    """Judge changes that run one after another and again from the first."""
    for change in changes:
        if not (found := rerun(change, state)).safe:
            return found
    for earlier, later in combinations(changes, 2):
        if _overlap(reads(earlier, state), writes(later, state)):
            return Rerun(False, f"what comes first reads {later.model.name}, which is changed after it")
    return Rerun(True, "each change may be run again")


def _overlap(read: Iterable[Cell], written: Iterable[Cell]) -> bool:
    exact, rows = set(written), {cell[:2] for cell in written if cell[2] == ROWS}
    return any(cell in exact or cell[:2] in rows or cell == UNKNOWN for cell in read)


# --- one change ---


def _update(change: Update, state: ProjectState) -> Rerun:
    model = model_of(state, change.model)
    written = writes(change, state)
    if set(primary_key(state, model)) & {name for name, _ in change.assign}:
        return Rerun(False, "it changes the primary keys that ranges go by")
    if _overlap(_reads_elsewhere(change, state), written):
        return Rerun(False, f"it reads other rows of {model.name} in columns that it writes")
    done = _own_write_ends(change)
    for name, value in change.assign:
        if not done and not _stable(name, value) and _overlap(_value_reads(state, model, value, "row"), written):
            return Rerun(
                False, f"the new {name} is computed from what is written, so a second run would change it again"
            )
        if not done and (call := changing(value)):
            return Rerun(False, f"{call} gives another value each time")
    return Rerun(
        True, "a row that is done is not selected again" if done else "the values read no column that is written"
    )


def _insert(change: Insert, state: ProjectState) -> Rerun:
    if not change.key:
        return Rerun(False, "without a key, a second run would insert the rows again")
    if change.existing == "error":
        return Rerun(False, "a second run would find its own rows there")
    values = [value for row in change.rows or (change.assign,) for _, value in row]
    if change.existing == "update" and (call := next(filter(None, map(changing, values)), "")):
        return Rerun(False, f"{call} gives another value each time")
    if change.source is not None:
        model, source = model_of(state, change.model), model_of(state, change.source)
        read = set(_condition_reads(state, source, change.where)) | {(*tables(state, source)[0], ROWS)}
        for value in values:
            read |= set(_value_reads(state, source, value, "row", "source"))
        if {cell[:2] for cell in read} & set(tables(state, model)) or UNKNOWN in read:
            return Rerun(False, f"it reads {model.name}, which it adds rows to")
        given = dict(change.assign)
        if any(_may_be_null(state, source, given.get(name)) for name in change.key):
            return Rerun(False, "a key that is NULL would be inserted again")
    words = "brought up to date" if change.existing == "update" else "left alone"
    return Rerun(True, f"rows whose key is there are {words}")


def _delete(change: Delete, state: ProjectState) -> Rerun:
    if change.rows:
        return Rerun(True, "what is gone is not selected again")
    model = model_of(state, change.model)
    gone = _cascade(state, model) if change.cascade else set(tables(state, model))
    # Every step away from the row itself: the tables there must stay as they are.
    for walked in _walks(state, model, _condition_paths(change.where)):
        if walked is None or any((hop.to.app_label, hop.to.name_lower) in gone for hop in walked.hops):
            return Rerun(False, "its condition reads rows that it deletes")
    return Rerun(True, "its condition reads nothing that it deletes but the row itself")


# --- what a change reads and writes ---


def reads(change: RowChange, state: ProjectState) -> set[Cell]:
    """Give what a change reads, the rows that there are included."""
    model = model_of(state, change.model)
    found: set[Cell] = set()
    match change:
        case Update():
            found |= set(_condition_reads(state, model, change.where)) | _reads_elsewhere(change, state)
            for _, value in change.assign:
                found |= set(_value_reads(state, model, value, "row"))
        case Insert(source=ModelKey() as key):
            source = model_of(state, key)
            found |= {(*table, ROWS) for table in tables(state, source)}
            found |= set(_condition_reads(state, source, change.where))
            for _, value in change.assign:
                found |= set(_value_reads(state, source, value, "row", "source"))
        case Insert():
            pass
        case Delete():
            found |= set(_condition_reads(state, model, change.where))
            found |= {(*tables(state, model)[0], name) for row in change.rows for name, _ in row}
    if isinstance(change, Insert) and change.key:
        found |= {(*tables(state, model)[0], name) for name in (ROWS, *change.key)}
    return found


def writes(change: RowChange, state: ProjectState) -> set[Cell]:
    """Give what a change writes."""
    model = model_of(state, change.model)
    match change:
        case Update():
            held = columns(state, model)
            owners = {name: held[name].model if name in held else model for name, _ in change.assign}
            return {(owner.app_label, owner.name_lower, name) for name, owner in owners.items()}
        case Insert():
            changed = {(*table, ROWS) for table in tables(state, model)}
            if change.existing == "update":
                changed |= {
                    (*tables(state, model)[0], name) for row in change.rows or (change.assign,) for name, _ in row
                }
            return changed
        case Delete():
            gone = _cascade(state, model) if change.cascade else tables(state, model)
            return {(*table, ROWS) for table in gone}


def _reads_elsewhere(change: Update, state: ProjectState) -> set[Cell]:
    """Give what an update reads in rows other than the one it writes."""
    model = model_of(state, change.model)
    paths = [*_condition_paths(change.where)]
    for _, value in change.assign:
        paths += _value_paths(value, "row")
    found = {
        cell
        for walked in _walks(state, model, paths)
        for cell in _cells(walked)
        if walked is None or (walked.hops and cell != _first(walked))
    }
    if change.join is None:
        return found
    source = model_of(state, change.join.source)
    paths = [*_condition_paths(change.join.where), *(name for _, name in change.join.on)]
    paths += [name.removeprefix("-") for name in change.join.order]
    for _, value in change.assign:
        paths += _value_paths(value, "source")
    return found | {cell for walked in _walks(state, source, paths) for cell in _cells(walked)}


def _value_reads(state: ProjectState, model: ModelState, value: Value, *of: str) -> Iterator[Cell]:
    """Give what a value reads over the rows of a model; for an insert `of` both, as its one row is the source row."""
    for walked in _walks(state, model, [path for kind in of for path in _value_paths(value, kind)]):
        yield from _cells(walked)


def _value_paths(value: Value, of: str) -> list[str]:
    match value:
        case Column() if value.of == of:
            return [value.path]
        case Mapped() if value.column.of == of:
            return [value.column.path]
        case Computed() if value.of == of:
            return list(value.reads)
    return []


def _condition_reads(state: ProjectState, model: ModelState, condition: Condition) -> Iterator[Cell]:
    for walked in _walks(state, model, _condition_paths(condition)):
        yield from _cells(walked)


def _condition_paths(condition: Condition) -> list[str]:
    match condition:
        case Lookups():
            return [*(name for name, _ in condition.items), *condition.reads]
        case Filter():
            return list(condition.reads)
    return []


def _walks(state: ProjectState, model: ModelState, paths: Iterable[str]) -> Iterator[Walk | None]:
    for path in dict.fromkeys(paths):
        try:
            yield walk(state, model, path)
        except PathProblem:
            yield None


def _cells(walked: Walk | None) -> Iterator[Cell]:
    if walked is None:
        yield UNKNOWN
        return
    for hop in walked.hops:
        yield (hop.held.model.app_label, hop.held.model.name_lower, hop.held.field.attname)
        if not hop.forward or hop.held.field.many_to_many:
            yield (hop.to.app_label, hop.to.name_lower, ROWS)
    if walked.held is not None:
        yield (walked.held.model.app_label, walked.held.model.name_lower, walked.held.field.attname)


def _first(walked: Walk) -> Cell | None:
    """The foreign key that a path begins with, which is a column of the row itself."""
    hop = walked.hops[0]
    return next(_cells(walked)) if hop.forward and not hop.held.field.many_to_many else None


# --- facts ---


def model_of(state: ProjectState, key: ModelKey) -> ModelState:
    found: ModelState = state.models[key.lower]
    return found


def tables(state: ProjectState, model: ModelState) -> list[tuple[str, str]]:
    """Give the models whose tables hold a model's rows, its own (or, for a proxy, the one it stands for) first."""
    own = [] if model.options.get("proxy") else [(model.app_label, model.name_lower)]
    return [*own, *(table for parent in parents(state, model) for table in tables(state, parent))]


def changing(value: Value) -> str:
    """Give the expression whose value is another each time, or an empty string."""
    if isinstance(value, PerRow):
        return f"{value.expression.text}()"
    if isinstance(value, Computed) and not is_deterministic(value.expression):
        return value.expression.text if len(value.expression.text) <= 40 else "the expression"
    return ""


def _stable(name: str, value: Value) -> bool:
    """Whether a map gives nothing that it would map again."""
    if not isinstance(value, Mapped) or value.column != Column(name):
        return False
    keys = [repr(old) for old, _ in value.pairs]
    fixed = all(repr(new) not in keys or old == new for old, new in value.pairs)
    return fixed and value.unmatched == "keep" and value.nulls == "keep"


def _own_write_ends(change: Update) -> bool:
    """Whether what is written makes `where` false, so that no row is written twice."""
    if not isinstance(change.where, Lookups):
        return False
    assigned = dict(change.assign)
    for lookup, given in change.where.items:
        name, _, kind = lookup.partition("__")
        if name in assigned and _ends(assigned[name], kind or "exact", given):
            return True
    return False


def _ends(value: Value, kind: str, given: Any) -> bool:
    match value, kind:
        case Constant(), "exact":
            return bool(value.value != given) and not isinstance(given, Column)
        case Constant(), "in":
            return value.value not in given
        case Constant(), "isnull":
            return (value.value is None) != bool(given)
        case PerRow(), "isnull":
            return bool(given)
        case Mapped(), "isnull":
            never = not any(new is None for _, new in value.pairs)
            filled = [
                extra == "error" or (isinstance(extra, Constant) and extra.value is not None)
                for extra in (value.unmatched, value.nulls)
            ]
            return bool(given) and never and all(filled)
    return False


def _may_be_null(state: ProjectState, source: ModelState, value: Value | None) -> bool:
    match value:
        case Constant():
            return value.value is None
        case Column():
            walked = walk(state, source, value.path)
            fields = [hop.held.field for hop in walked.hops] + ([walked.held.field] if walked.held else [])
            return any(field.null for field in fields)
        case PerRow():
            return False
    return True


def _cascade(state: ProjectState, model: ModelState) -> set[tuple[str, str]]:
    """Give the tables that the ORM may change when rows of a model are deleted."""
    found, waiting = set(tables(state, model)), [model]
    while waiting:
        current = waiting.pop()
        for held in pointing_at(state, current):
            remote = held.field.remote_field
            follows = getattr(remote, "on_delete", None) not in (
                None,
                models.DO_NOTHING,
                models.PROTECT,
                models.RESTRICT,
            )
            key = (held.model.app_label, held.model.name_lower)
            if (follows or held.field.many_to_many) and key not in found:
                found.add(key)
                waiting.append(held.model)
    return found


def points_here(state: ProjectState, model: ModelState) -> bool:
    """Whether rows of any model hold foreign keys to this one that the database checks."""
    return any(
        held.field.many_to_many or (held.is_column and getattr(held.field, "db_constraint", True))
        for held in pointing_at(state, model)
        if related(state, held) is not None
    )
