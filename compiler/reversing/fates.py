"""What becomes of tables and columns across a spec: which are new, which go, which stay.

A column is followed, not its name: renames keep it, and one that is removed and added again is another one. Facts of
the database count: what only the state loses is still in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from django.db.migrations.operations import (
    AddField,
    CreateModel,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
    SeparateDatabaseAndState,
)  # fmt: skip
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from migspec.schemas.changes import Change, SchemaChange, SQLChange
from migspec.schemas.data.join_tables import join_tables, with_join_tables
from migspec.schemas.data.paths import bound
from migspec.schemas.data.rows import ModelKey

Fate = Literal["fresh", "dropped", "kept", "transient"]
Side = Literal["both", "state", "database"]

TABLE = ""  # stands for the table itself where the name of a field stands
Name = tuple[str, str, str]  # app label, model in lower case, field or TABLE


@dataclass(frozen=True, slots=True)
class Life:
    """A table or a column: whether it is in the database before and after the spec, and its name there in the state."""

    at_start: bool
    at_end: bool
    first: Name | None = None
    last: Name | None = None

    @property
    def fate(self) -> Fate:
        if self.at_start:
            return "kept" if self.at_end else "dropped"
        return "fresh" if self.at_end else "transient"


@dataclass(frozen=True, slots=True)
class Moment:
    """A change of a spec at its place."""

    change: Change
    state: ProjectState  # before the change
    step: int  # index in the steps that were traced


@dataclass(frozen=True, slots=True)
class Fates:
    """The changes of a spec in the author's order, and what becomes of what they name."""

    moments: tuple[Moment, ...]
    lives: tuple[Life, ...]
    names: tuple[Mapping[Name, int], ...]  # for each moment, and for the end: the life that a name has
    after: ProjectState
    vendors: frozenset[str] = frozenset()  # of the databases that the project declares
    # By the place of a change: the tables and columns that keep_old saves there in every row.
    kept: frozenset[tuple[int, int]] = frozenset()
    added: frozenset[int] = frozenset()  # inserts whose rows are taken away again, by keys that keep_old saves

    def life(self, at: int, model: ModelKey, field: str = TABLE) -> Life:
        """Give the life of a field of a model, or of its table, by its name before change `at`."""
        return self.lives[self.number(at, model, field)]

    def number(self, at: int, model: ModelKey, field: str = TABLE) -> int:
        """Give what stays the same while names change."""
        return self.names[at][(*model.lower, field)]

    def model(self, at: int, model: ModelKey) -> Fate:
        return self.life(at, model).fate

    def column(self, at: int, model: ModelKey, field: str) -> Fate:
        return self.life(at, model, field).fate


def trace(
    steps: Sequence[tuple[ProjectState, Sequence[Change]]],
    after: ProjectState,
    vendors: frozenset[str] = frozenset(),
) -> Fates:
    """Follow everything through a spec; each step comes with the state before it, `after` is the one after the last."""
    moments = list(_moments(steps))
    tracing = _Tracing(with_join_tables(steps[0][0] if steps else after))
    names = [dict(tracing.names)]
    after = with_join_tables(after)
    states = [*(moment.state for moment in moments), after]
    for moment, following in zip(moments, states[1:], strict=True):
        tracing.follow(moment, following)
        names.append(dict(tracing.names))
    return Fates(tuple(moments), tuple(tracing.finished()), tuple(names), after, vendors)


def _moments(steps: Sequence[tuple[ProjectState, Sequence[Change]]]) -> Iterator[Moment]:
    for step, (state, changes) in enumerate(steps):
        for index, change in enumerate(changes):
            yield Moment(change, with_join_tables(state), step)
            if index < len(changes) - 1:  # after the last one comes the next step's state
                state = _after(state, change)


def _after(state: ProjectState, change: Change) -> ProjectState:
    operations = [operation for side, operation in _operations(change) if side != "database"]
    if not operations:
        return state
    following = state.clone()
    for operation in operations:
        operation.state_forwards(change.app_label, following)  # type: ignore[union-attr]
    return following


def _operations(change: Change) -> Iterator[tuple[Side, Operation]]:
    """Give Django's operations of a change, each with the side on which it works."""
    if isinstance(change, SQLChange):
        for operation in change.state_operations:
            yield "both", operation  # the SQL does in the database what they do in the state
    elif isinstance(change, SchemaChange):
        if isinstance(change.operation, SeparateDatabaseAndState):
            for operation in change.operation.database_operations:
                yield "database", operation
            for operation in change.operation.state_operations:
                yield "state", operation
        else:
            yield change.side, change.operation


class _Tracing:
    """The walk through the changes."""

    def __init__(self, start: ProjectState) -> None:
        self.lives: list[Life] = []
        self.names: dict[Name, int] = {}
        self.orphans: dict[tuple[str, str], int] = {}  # by table and column: in the database, unknown to the state
        self.unnamed: dict[Name, int] = {}  # the same by their last names
        self.gone: set[int] = set()  # no longer in the database, whatever the state says
        for name in _all_names(start):
            self._add(name, Life(at_start=True, at_end=True, first=name, last=name))

    def _add(self, name: Name, life: Life) -> None:
        self.names[name] = len(self.lives)
        self.lives.append(life)

    def _end(self, number: int) -> None:
        self.lives[number] = replace(self.lives[number], at_end=False)

    def follow(self, moment: Moment, following: ProjectState) -> None:
        """Take in one change; `following` is the state after it."""
        operations, known = list(_operations(moment.change)), self.names
        for one, operation in operations:
            if one != "database":
                self._rename(operation, moment.change.app_label)  # type: ignore[union-attr]
        if self.names is not known:
            self._rename_join_tables(known, moment.state, following)
        if not operations:
            return
        for one, operation in operations:
            if one == "database":
                self._in_database(operation, moment.change.app_label, following)  # type: ignore[union-attr]
        # A state that changes alone says what was, or stays, in the database.
        side: Side = "both" if any(one == "both" for one, _ in operations) else "state"
        before, after = set(self.names), set(_all_names(following))
        for name in sorted(before - after):
            self._lose(name, side, moment.state)
        for name in sorted(after - before):
            self._gain(name, side, following)

    def _rename(self, operation: Operation, app_label: str) -> None:
        if isinstance(operation, RenameModel):
            old, new = operation.old_name.lower(), operation.new_name.lower()
            self._move(lambda name: (app_label, new, name[2]) if name[:2] == (app_label, old) else name)
        elif isinstance(operation, RenameField):
            here = (app_label, operation.model_name_lower)
            self._move(lambda name: (*here, operation.new_name) if name == (*here, operation.old_name) else name)

    def _rename_join_tables(self, known: Mapping[Name, int], state: ProjectState, following: ProjectState) -> None:
        """Give join tables and their columns the names that follow from those of fields and models."""
        tables = {(*table.owner, table.field): table for table in join_tables(following)}
        moved: dict[Name, Name] = {}
        for table in join_tables(state):
            field = known[(*table.owner, table.field)]
            new = [tables[name] for name, number in self.names.items() if number == field and name in tables]
            if new:
                moved |= dict(zip(_names_of(table), _names_of(new[0]), strict=True))
        self._move(lambda name: moved.get(name, name))

    def _move(self, renamed: Callable[[Name], Name]) -> None:
        self.names = {renamed(name): number for name, number in self.names.items()}

    def _lose(self, name: Name, side: Side, state: ProjectState) -> None:
        number = self.names.pop(name)
        if side == "both" or number in self.gone:
            self._end(number)
        else:
            self.orphans[_stored_as(name, state)] = number
            self.unnamed[name] = number

    def _gain(self, name: Name, side: Side, state: ProjectState) -> None:
        stored = _stored_as(name, state)
        if side == "state" and stored in self.orphans:
            self.names[name] = self.orphans.pop(stored)
        else:
            # What only the state gains was in the database before.
            self._add(name, Life(at_start=side == "state", at_end=True, first=None))

    def _in_database(self, operation: Operation, app_label: str, following: ProjectState) -> None:
        """Take in what comes or goes in the database alone; the state learns of it in another operation, if at all."""
        name = getattr(operation, "model_name_lower", None) or getattr(operation, "name_lower", "")
        model = (app_label, str(name))
        known = {**self.unnamed, **self.names}
        match operation:
            case DeleteModel():
                self.gone |= {number for name, number in known.items() if name[:2] == model}
            case RemoveField():
                self.gone |= {number for name, number in known.items() if name == (*model, operation.name)}
            case CreateModel():
                made = ModelState(app_label, operation.name, operation.fields, operation.options)
                state = ProjectState({model: made})
                self._made(list(_all_names(state)), state)
            case AddField() if model in following.models:
                state = ProjectState({model: following.models[model].clone()})
                state.models[model].fields[operation.name] = operation.field
                self._made([(*model, operation.name)], state)

    def _made(self, names: Sequence[Name], state: ProjectState) -> None:
        for name in names:
            if name in self.names:  # the state came first
                number = self.names[name]
                self.lives[number] = replace(self.lives[number], at_start=False)
            else:
                self.orphans[_stored_as(name, state)] = len(self.lives)
                self.lives.append(Life(at_start=False, at_end=True))

    def finished(self) -> Iterator[Life]:
        last = {number: name for name, number in self.names.items()}
        for number, life in enumerate(self.lives):
            at_end = life.at_end and number not in self.gone
            # Nearly all columns of a project live on as they are.
            same = (life.at_end, life.last) == (at_end, last.get(number))
            yield life if same else replace(life, at_end=at_end, last=last.get(number))


def _all_names(state: ProjectState) -> Iterator[Name]:
    for model in state.models.values():
        yield from _names_of(model)


def _names_of(model: ModelState) -> list[Name]:
    return [(model.app_label, model.name_lower, name) for name in (TABLE, *model.fields)]


def _stored_as(name: Name, state: ProjectState) -> tuple[str, str]:
    """Give the table and the column of a name; no column stands for the table."""
    model = state.models[name[:2]]
    table = model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"
    if name[2] == TABLE:
        return table, TABLE
    return table, bound(model, name[2], model.fields[name[2]]).column or name[2]


def field_name(model: ModelState, column: str) -> str:
    """Give the field of a model whose column (attname) this is."""
    if column in model.fields:
        return column
    return next(name for name, field in model.fields.items() if bound(model, name, field).attname == column)
