"""What a row step asks for and one SQL statement cannot do: a look before the first write, and values of Python."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.changes.cells import model_of, tables
from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.defaults import default
from migspec.compiler.emit.rows import RowStep
from migspec.compiler.emit.sql.insert import is_unique_key
from migspec.compiler.emit.sql.proofs import is_never_null, names_all
from migspec.compiler.emit.sql.values import is_clock
from migspec.compiler.emit.values import Target, is_python, nulls
from migspec.schemas.changes import RowChange
from migspec.schemas.data.distinct import is_key
from migspec.schemas.data.paths import columns
from migspec.schemas.data.rows import (
    Column,
    Computed,
    Condition,
    Constant,
    Converted,
    Delete,
    Insert,
    JointlyMapped,
    KeyOf,
    Mapped,
    Numbered,
    PerRow,
    PythonValue,
    Reshaped,
    Update,
    Value,
)

PYTHON = "emit: python"


class NeedsLook(CannotEmit):
    """What a look at the rows before the first write settles: the statement itself has SQL."""


def unsayable(step: RowStep) -> list[CannotEmit]:
    """Give everything that keeps a step from being SQL, each with the way to it in the step."""
    found: list[CannotEmit] = []
    if isinstance(step.batch, int):
        message = "SQL is one statement, without batches"
        found.append(CannotEmit(message, "leave 'batch' out, or write emit: python", "batch"))
    for change in step.forwards:
        found += _change(change, step.state)
    derived = step.reversal.fidelity != "written"
    for change in step.reversal.changes or ():
        for one in _change(change, step.state):
            hint = f"write the steps of 'reverse' yourself, or {PYTHON}" if derived else one.hint
            found.append(CannotEmit(f"rolling back: {one.message}", hint, "reverse"))
    return found


def _change(change: RowChange, state: ProjectState) -> Iterator[CannotEmit]:
    match change:
        case Update():
            yield from _update(change, state)
        case Insert(source=None):
            yield from _literal_rows(change, state)
        case Insert():
            yield from _from_source(change, state)
        case Delete():
            for row in change.rows:
                if not all(isinstance(value, Constant) for _, value in row):
                    yield CannotEmit("a row is found again by constants only", PYTHON)


def _update(change: Update, state: ProjectState) -> Iterator[CannotEmit]:
    model = model_of(state, change.model)
    for name in change.distinct:
        if not is_key(model, [name], state):
            message = f"no constraint keeps '{name}' apart yet, and one SQL statement cannot look before it writes"
            yield NeedsLook(message, PYTHON, "duplicates")
    for name, value in change.assign:
        reading = Reading(model, change.where, state, keeps=True)
        if change.join and isinstance(value, Mapped) and value.column.of == "source":
            reading = Reading(model_of(state, change.join.source), change.join.where, state, keeps=True)
        yield from _value(value, _target(model, name, state), reading, "set", name)


def _literal_rows(change: Insert, state: ProjectState) -> Iterator[CannotEmit]:
    model = model_of(state, change.model)
    if len(tables(state, model)) > 1:
        message = f"{model.name} has its rows in several tables, and INSERT writes one"
        yield CannotEmit(message, PYTHON)
    keys = [[dict(row).get(name) for name in change.key] for row in change.rows]
    if not all(isinstance(value, Constant) for key in keys for value in key):
        yield CannotEmit(
            "a key must be made of plain literals that every row has", "leave the column out of 'key'", "key"
        )
    elif change.existing == "error" and not (
        is_key(model, change.key, state) and all(value != Constant(None) for key in keys for value in key)
    ):
        yield _unchecked_key(change)
    yield from _defaults({name for row in change.rows for name, _ in row}, model, state)
    for index, row in enumerate(change.rows):
        for name, value in row:
            yield from _value(value, _target(model, name, state), Reading(model, None, state), "rows", index, name)


def _from_source(change: Insert, state: ProjectState) -> Iterator[CannotEmit]:
    assert change.source is not None
    model, source = model_of(state, change.model), model_of(state, change.source)
    given = dict(change.assign)
    for name, value in change.assign:
        yield from _value(value, _target(model, name, state), Reading(source, change.where, state), "set", name)
    yield from _defaults({*given}, model, state)
    if not change.key:
        return
    keys = [given.get(name) for name in change.key]
    if not all(isinstance(value, Constant | Column | Mapped | Computed) for value in keys):
        yield CannotEmit("the key has no value that can be looked up", "leave the column out of 'key'", "key")
    elif change.existing == "update" and not is_unique_key(change, source, state):
        message = f"rows of {source.name} may have one key, and one SQL statement cannot look before it writes"
        yield CannotEmit(message, f"existing: skip, or {PYTHON}", "existing")
    elif change.existing == "error" and not (is_key(model, change.key, state) and is_unique_key(change, source, state)):
        yield _unchecked_key(change)


def _defaults(given: Collection[str], model: ModelState, state: ProjectState) -> Iterator[CannotEmit]:
    for name, held in columns(state, model).items():
        unnamed = None if name in given or held.model is not model else default(held.field)
        if isinstance(unnamed, PerRow | Computed) and not is_clock(unnamed, Target(model, held)):
            message = f"'{name}' of {model.name} gets its default from a function of Python"
            yield CannotEmit(message, f"give '{name}' a value, or write {PYTHON}")


def _unchecked_key(change: Insert) -> CannotEmit:
    names = ", ".join(change.key)
    message = f"no constraint keeps {names} apart, and one SQL statement cannot look before it writes"
    return CannotEmit(message, f"existing: skip, or {PYTHON}", "existing")


def _target(model: ModelState, name: str, state: ProjectState) -> Target:
    return Target(model, columns(state, model)[name])


# --- values ---


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows that values are read from: those of `about` that `where` selects."""

    about: ModelState
    where: Condition
    state: ProjectState
    keeps: bool = False  # whether there is an old value to keep


def _value(value: Value, of: Target, reading: Reading, *at: str | int) -> Iterator[CannotEmit]:
    if is_clock(value, of):
        return
    match value:
        case PythonValue() | Converted() | Reshaped():
            yield CannotEmit(f"'{of.attname}' gets what Python computes, and that has no SQL", PYTHON, *at)
        case Numbered() if reading.keeps:
            yield CannotEmit(f"'{of.attname}' is numbered by a query, which this UPDATE cannot hold", PYTHON, *at)
        case JointlyMapped() if value.unmatched == "error":
            message = (
                "a value that the map does not name is an error, and one SQL statement cannot look before it writes"
            )
            policy = "keep" if reading.keeps else "null" if of.held.field.null else "{value: ...}"
            yield NeedsLook(message, f"unmatched: {policy}, or {PYTHON}", *at)
        case KeyOf():
            message = f"'{of.attname}' needs one {value.model.name}, and one SQL statement cannot look before it writes"
            yield CannotEmit(message, PYTHON, *at)
        case PerRow():
            message = f"'{of.attname}' gets {value.expression.text}() for each row, and a value of Python has no SQL"
            yield CannotEmit(message, PYTHON, *at)
        case Computed() if is_python(value.expression.tree):
            message = f"'{of.attname}' gets {value.expression.text}, and a value of Python has no SQL"
            yield CannotEmit(message, PYTHON, *at)
        case Mapped():
            yield from _map(value, of, reading, *at)


def _map(value: Mapped, of: Target, reading: Reading, *at: str | int) -> Iterator[CannotEmit]:
    """Values that are errors must not be there: that a statement cannot find out, but some cannot come at all."""
    about, where, state = reading.about, reading.where, reading.state
    doubtful = []
    if value.unmatched == "error" and not names_all(value, about, where, state):
        doubtful.append("unmatched")
    if nulls(value) == "error" and not is_never_null(value.column.path, about, where, state):
        doubtful.append("nulls")
    if doubtful:
        what = "a value that the map does not name" if "unmatched" in doubtful else "NULL"
        message = f"{what} is an error, and one SQL statement cannot look before it writes"
        policy = "keep" if reading.keeps else "null" if of.held.field.null else "{value: ...}"
        policies = ", ".join(f"{name}: {policy}" for name in doubtful)
        yield NeedsLook(message, f"{policies}, or {PYTHON}", *at)
