"""What a row change reads and writes, found in the state at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from migspec.schemas.changes import Effects, RowChange, Touch
from migspec.schemas.data.join_tables import JoinTable
from migspec.schemas.data.paths import (
    Held,
    PathProblem,
    column_reads,
    columns,
    parents,
    pointing_at,
    reads,
    related,
    walk,
)
from migspec.schemas.data.rows import (
    Assignments,
    Condition,
    Delete,
    Insert,
    Join,
    KeyOf,
    Update,
    Value,
    value_paths,
)  # fmt: skip


def row_effects(changes: Iterable[RowChange], state: ProjectState) -> Effects:
    """Give what row changes read and write together; `state` is the one at their place."""
    effects = [one_effects(change, state) for change in changes]
    return Effects(
        reads=frozenset().union(*(one.reads for one in effects)),
        writes=frozenset().union(*(one.writes for one in effects)),
    )


def one_effects(change: RowChange, state: ProjectState) -> Effects:
    match change:
        case Update():
            found = update_effects(change, state)
        case Insert():
            found = insert_effects(change, state)
        case Delete():
            found = delete_effects(change, state)
    read, written = found
    for one in [*read, *written]:  # a join table comes and goes with its field
        if isinstance(table := state.models.get((one.app_label, one.model)), JoinTable):
            read.add(Touch("definition", *table.owner, table.field))
    return Effects(reads=frozenset(read), writes=frozenset(written))


Found = tuple[set[Touch], set[Touch]]  # read, written


def update_effects(change: Update, state: ProjectState) -> Found:
    model = state.models[change.model.lower]
    read = {touch("rows", model), *condition_reads(change.where, model, state)}
    source = None
    if change.join is not None:
        source = state.models[change.join.source.lower]
        read |= set(join_reads(change.join, model, source, state))
    read |= set(assignment_reads(change.assign, model, source, state))
    written = set()
    by_column = columns(state, model)
    for name, _ in change.assign:
        held = by_column[name]
        read |= {touch("definition", held.model, held.field.name), *key_reads(held, state)}
        written.add(touch("values", held.model, held.field.name))
    return read, written


def insert_effects(change: Insert, state: ProjectState) -> Found:
    model = state.models[change.model.lower]
    source = state.models[change.source.lower] if change.source else None
    read = {touch("shape", model), touch("exists", model)}
    if source is not None:
        read |= {touch("rows", source), *condition_reads(change.where, source, state)}
    by_column = columns(state, model)
    for assign in (change.assign, *change.rows):
        read |= set(assignment_reads(assign, model, source, state))
    for name in dict.fromkeys(name for assign in (change.assign, *change.rows) for name, _ in assign):
        held = by_column[name]
        read |= {touch("definition", held.model, held.field.name), *key_reads(held, state)}
    for name in change.key:
        read |= set(column_reads(by_column[name]))
    # A new row has a value in every column, so whoever reads one of them comes before or after all of them.
    written = {touch("values", held.model, held.field.name) for held in by_column.values()} | {touch("rows", model)}
    return read, written


def delete_effects(change: Delete, state: ProjectState) -> Found:
    model = state.models[change.model.lower]
    read = {touch("rows", model), touch("exists", model), *condition_reads(change.where, model, state)}
    if change.join is not None:
        read |= set(join_reads(change.join, model, state.models[change.join.source.lower], state))
    by_column = columns(state, model)
    for row in change.rows:
        for name, _ in row:
            read |= set(column_reads(by_column[name]))
    written = {touch("rows", model)}
    pending, seen = [model], {(model.app_label, model.name_lower)}
    while pending:
        deleted = pending.pop()
        for parent in parents(state, deleted):  # the ORM deletes the rows of parents too
            if change.cascade:
                written.add(touch("rows", parent))
        for held in pointing_at(state, deleted):
            read |= {touch("rows", held.model), touch("definition", held.model, held.field.name)}
            action = getattr(held.field.remote_field, "on_delete", None)
            by_database = getattr(action, "operation", None)  # DB_CASCADE and its like, of Django 6.1
            if held.field.many_to_many or not (change.cascade or by_database):
                continue
            if action is models.CASCADE or by_database == "CASCADE":
                written.add(touch("rows", held.model))
                key = (held.model.app_label, held.model.name_lower)
                if key not in seen:
                    seen.add(key)
                    pending.append(held.model)
            elif action is not models.DO_NOTHING:
                written.add(touch("values", held.model, held.field.name))
    return read, written


# --- what values and conditions read ---


def assignment_reads(
    assign: Assignments, model: ModelState, source: ModelState | None, state: ProjectState
) -> Iterator[Touch]:
    for _, value in assign:
        yield from value_reads(value, model, source, state)


def value_reads(value: Value, model: ModelState, source: ModelState | None, state: ProjectState) -> Iterator[Touch]:
    for path, of in value_paths(value):
        start = source if of == "source" and source is not None else model
        yield from path_reads(path, start, state)
    if isinstance(value, KeyOf):
        found = state.models[value.model.lower]
        yield from (touch("rows", found), *path_reads(value.column, found, state))
        yield from condition_reads(value.where, found, state)


def condition_reads(where: Condition, model: ModelState, state: ProjectState) -> Iterator[Touch]:
    for path in where.reads if where is not None else ():
        yield from path_reads(path, model, state)


def join_reads(join: Join, model: ModelState, source: ModelState, state: ProjectState) -> Iterator[Touch]:
    yield touch("rows", source)
    for own, other in join.on:
        yield from path_reads(own, model, state)
        yield from path_reads(other, source, state)
    yield from condition_reads(join.where, source, state)
    for name in join.order:
        yield from path_reads(name.removeprefix("-"), source, state)


def path_reads(path: str, model: ModelState, state: ProjectState) -> Iterator[Touch]:
    try:
        yield from reads(walk(state, model, path))
    except PathProblem:  # a path that the step itself has checked at its place; here the state may be another
        yield touch("model", model)


def key_reads(held: Held, state: ProjectState) -> Iterator[Touch]:
    """What writing a foreign key depends on: the rows that it may point to."""
    if held.field.remote_field is not None:
        pointed_at = related(state, held)
        if pointed_at is not None:
            yield touch("rows", pointed_at)


def touch(what: Any, model: ModelState, name: str = "") -> Touch:
    return Touch(what, model.app_label, model.name_lower, name)
