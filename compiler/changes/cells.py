"""What a row change reads and writes, as cells: columns of tables, and which rows there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.changes.pointing import others
from migspec.schemas.changes import RowChange
from migspec.schemas.data.join_tables import through_key
from migspec.schemas.data.paths import Held, PathProblem, Walk, columns, parents, pointing_at, related, target, walk
from migspec.schemas.data.rows import (
    Condition,
    Delete,
    Filter,
    Insert,
    Join,
    KeyOf,
    Lookups,
    ModelKey,
    Repeated,
    Update,
    Value,
    value_paths,
)

# A column of a table; "*" is which rows there are.
Cell = tuple[str, str, str]
ROWS = "*"
UNKNOWN: Cell = ("", "", ROWS)


def reads(change: RowChange, state: ProjectState) -> set[Cell]:
    """Give what a change reads, the rows that there are included."""
    model = model_of(state, change.model)
    found: set[Cell] = set()
    match change:
        case Update():
            found |= set(condition_reads(state, model, change.where)) | reads_elsewhere(change, state)
            found |= match_reads(change, state)
            for _, value in change.assign:
                found |= set(value_reads(state, model, value, "row"))
        case Insert(source=ModelKey() as key):
            source = model_of(state, key)
            found |= {(*table, ROWS) for table in tables(state, source)}
            found |= set(condition_reads(state, source, change.where))
            for _, value in change.assign:
                found |= set(value_reads(state, source, value, "row", "source"))
        case Insert():
            for row in change.rows:
                for _, value in row:
                    found |= set(value_reads(state, model, value))
        case Delete():
            found |= set(condition_reads(state, model, change.where)) | match_reads(change, state)
            found |= join_reads(change.join, state)
            found |= {(*tables(state, model)[0], name) for row in change.rows for name, _ in row}
            found |= set(pointing_reads(change, state))
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
            gone = cascade(state, model) if change.cascade else tables(state, model)
            return {(*table, ROWS) for table in gone}


def overlap(read: Iterable[Cell], written: Iterable[Cell]) -> bool:
    exact, rows = set(written), {cell[:2] for cell in written if cell[2] == ROWS}
    return any(cell in exact or cell[:2] in rows or cell == UNKNOWN for cell in read)


# --- of one part ---


def reads_elsewhere(change: Update, state: ProjectState) -> set[Cell]:
    """Give what an update reads in rows other than the one it writes."""
    model = model_of(state, change.model)
    paths = [*condition_paths(change.where)]
    for _, value in change.assign:
        paths += _value_paths(value, "row")
    found = {
        cell
        for walked in walks(state, model, paths)
        for cell in _cells(walked)
        if walked is None or (walked.hops and cell != _first(walked))
    }
    found |= {cell for _, value in change.assign for cell in value_reads(state, model, value)}
    paths = [path for _, value in change.assign for path in _value_paths(value, "source")]
    return found | join_reads(change.join, state, paths)


def join_reads(join: Join | None, state: ProjectState, paths: Sequence[str] = ()) -> set[Cell]:
    """Give what finding a source row reads in its table, and what is read of it by further paths."""
    if join is None:
        return set()
    source = model_of(state, join.source)
    paths = [*paths, *condition_paths(join.where), *(name for _, name in join.on)]
    paths += [name.removeprefix("-") for name in join.order]
    return {cell for walked in walks(state, source, paths) for cell in _cells(walked)}


def match_reads(change: Update | Delete, state: ProjectState) -> set[Cell]:
    """Give the columns of the row itself by which its source row is found."""
    names = [ours for ours, _ in change.join.on] if change.join else []
    return {cell for walked in walks(state, model_of(state, change.model), names) for cell in _cells(walked)}


def pointing_reads(change: Delete, state: ProjectState) -> Iterator[Cell]:
    """Give what finding the rows that no other one points at reads in other tables."""
    for held in others(state, model_of(state, change.model)) if change.unreferenced else ():
        yield from ((held.model.app_label, held.model.name_lower, name) for name in (ROWS, held.field.attname))


def value_reads(state: ProjectState, model: ModelState, value: Value, *of: str) -> Iterator[Cell]:
    """Give what a value reads over the rows of a model; for an insert `of` both, as its one row is the source row."""
    for walked in walks(state, model, [path for kind in of for path in _value_paths(value, kind)]):
        yield from _cells(walked)
    if isinstance(value, KeyOf):
        found = model_of(state, value.model)
        yield from ((*table, ROWS) for table in tables(state, found))
        yield from condition_reads(state, found, value.where)


def _value_paths(value: Value, of: str) -> list[str]:
    return [path for path, side in value_paths(value) if side == of]


def condition_reads(state: ProjectState, model: ModelState, condition: Condition) -> Iterator[Cell]:
    for walked in walks(state, model, condition_paths(condition)):
        yield from _cells(walked)


def condition_paths(condition: Condition) -> list[str]:
    match condition:
        case Lookups():
            return [*(name for name, _ in condition.items), *condition.reads]
        case Filter() | Repeated():
            return list(condition.reads)
    return []


def walks(state: ProjectState, model: ModelState, paths: Iterable[str]) -> Iterator[Walk | None]:
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
        if through := through_key(hop.held.model, hop.held.field):
            yield (*through, ROWS)
    if walked.held is not None:
        yield (walked.held.model.app_label, walked.held.model.name_lower, walked.held.field.attname)


def _first(walked: Walk) -> Cell | None:
    """The foreign key that a path begins with, which is a column of the row itself."""
    hop = walked.hops[0]
    return next(_cells(walked)) if hop.forward and not hop.held.field.many_to_many else None


# --- tables ---


def model_of(state: ProjectState, key: ModelKey) -> ModelState:
    found: ModelState = state.models[key.lower]
    return found


def tables(state: ProjectState, model: ModelState) -> list[tuple[str, str]]:
    """Give the models whose tables hold a model's rows, its own (or, for a proxy, the one it stands for) first."""
    own = [] if model.options.get("proxy") else [(model.app_label, model.name_lower)]
    return [*own, *(table for parent in parents(state, model) for table in tables(state, parent))]


def cascade(state: ProjectState, model: ModelState) -> set[tuple[str, str]]:
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
            if follows and key not in found:
                found.add(key)
                waiting.append(held.model)
    return found


def points_at_itself(state: ProjectState, model: ModelState) -> bool:
    """Whether rows of a model may point at other rows of it."""
    return any(held.model is model for held in pointing_at(state, model))


def points_here(state: ProjectState, model: ModelState) -> bool:
    """Whether rows of any model hold foreign keys to this one that the database checks."""
    return any(is_checked(held) for held in pointing_at(state, model) if related(state, held) is not None)


def leaves_keys(state: ProjectState, model: ModelState) -> bool:
    """Whether the ORM may leave foreign keys behind that point at what it deleted, or elsewhere into nothing."""
    settled = (None, models.CASCADE, models.PROTECT, models.RESTRICT, models.SET_NULL)
    return any(
        is_checked(held) and getattr(held.field.remote_field, "on_delete", None) not in settled
        for table in cascade(state, model)
        for held in pointing_at(state, state.models[table])
    )


def pointing_by(state: ProjectState, model: ModelState, attnames: Collection[str]) -> list[ModelState]:
    """Give the models whose foreign keys hold the values of these columns."""
    return [
        held.model
        for held in pointing_at(state, model)
        if is_checked(held) and (key := target(state, held)) and key.field.attname in attnames
    ]


def is_checked(held: Held) -> bool:
    """Whether the database refuses a foreign key that points nowhere."""
    return held.is_column and bool(getattr(held.field, "db_constraint", True))
