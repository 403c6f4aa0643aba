"""A row change in its spec: what becomes of the columns that it names, and what rolling back owes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.migrations.state import ModelState, ProjectState
from django.db.models.fields import NOT_PROVIDED

from migspec.compiler.reversing.fates import TABLE, Fate, Fates, Life
from migspec.compiler.reversing.inverses import Inverse, inverse
from migspec.schemas.changes import RowChange
from migspec.schemas.data.distinct import is_key
from migspec.schemas.data.literals import KIND
from migspec.schemas.data.paths import Held, PathProblem, Walk, columns, pointing_at, stored, walk
from migspec.schemas.data.rows import (
    Assignments,
    Column,
    Condition,
    Constant,
    Delete,
    Insert,
    Lookups,
    ModelKey,
    Update,
    Value,
    value_paths,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Carried:
    """A column whose values another one has taken over: the column, and its value computed from the other one."""

    held: Held
    walked: Walk  # how it was read
    inverse: Inverse

    @property
    def attname(self) -> str:
        return self.held.field.attname

    @property
    def differs(self) -> tuple[str, ...]:
        """What is another value then than before."""
        return self.inverse.differs

    def value(self, of: Column) -> Value:
        return self.inverse.value(of)


@dataclass(frozen=True, slots=True)
class Told:
    """A column by which an update found its source row, and the key taken from there, which tells what it held."""

    held: Held
    theirs: str  # the column of the source row that equals it
    by: str  # the column of the row that has the key
    key: str  # the column of the source row that it was taken from


@dataclass(frozen=True, slots=True)
class Pointing:
    """A relation that points at a table, now or at the end of the spec: itself, its life and its holder's table."""

    held: Held
    number: int
    life: Life
    holder: int


@dataclass(frozen=True)
class View:
    """The change at one place of a spec."""

    fates: Fates
    at: int

    @property
    def state(self) -> ProjectState:
        return self.fates.moments[self.at].state

    @property
    def change(self) -> RowChange:
        change = self.fates.moments[self.at].change
        assert isinstance(change, Update | Insert | Delete)
        return change

    @property
    def source(self) -> ModelKey | None:
        """The model of the source row."""
        match self.change:
            case Update(join=join):
                return join.source if join else None
            case Insert(source=source):
                return source
        return None

    @cached_property
    def all(self) -> tuple[View, ...]:
        """The row changes of the spec in the author's order."""
        moments = enumerate(self.fates.moments)
        return tuple(
            View(self.fates, at) for at, moment in moments if isinstance(moment.change, Update | Insert | Delete)
        )

    @property
    def earlier(self) -> Iterator[View]:
        return (view for view in self.all if view.at < self.at)

    @property
    def later(self) -> Iterator[View]:
        return (view for view in self.all if view.at > self.at)

    # --- tables and columns ---

    def model(self, key: ModelKey) -> ModelState:
        found: ModelState = self.state.models[key.lower]
        return found

    def table_fate(self, key: ModelKey) -> Fate:
        return self.fates.model(self.at, key)

    @cached_property
    def _columns(self) -> dict[ModelKey, dict[str, Held]]:
        return {}

    def columns(self, key: ModelKey) -> dict[str, Held]:
        """Give the columns of a model by attname."""
        if key not in self._columns:
            self._columns[key] = columns(self.state, self.model(key))
        return self._columns[key]

    def held(self, key: ModelKey, column: str) -> Held:
        return self.columns(key)[column]

    def number(self, held: Held) -> int:
        """Give what a column keeps while its name changes."""
        return self.fates.number(self.at, key_of(held.model), held.field.name)

    def life(self, held: Held) -> Life:
        return self.fates.lives[self.number(held)]

    def walk(self, key: ModelKey, path: str) -> Walk | None:
        try:
            return walk(self.state, self.model(key), path)
        except PathProblem:
            return None

    # --- what the change reads and writes ---

    @cached_property
    def assigned(self) -> tuple[tuple[Held, Value], ...]:
        """The columns that the change writes, with their values."""
        change = self.change
        assigns: tuple[Assignments, ...] = ()
        if isinstance(change, Update):
            assigns = (change.assign,)
        elif isinstance(change, Insert):
            assigns = (change.assign, *change.rows)
        return tuple((self.held(change.model, name), value) for assign in assigns for name, value in assign)

    def read_by(self, value: Value) -> Iterator[Walk]:
        """Give where each column stands that a value reads."""
        for path, of in value_paths(value):
            key = self.source if of == "source" and self.source else self.change.model
            walked = self.walk(key, path)
            if walked is not None:
                yield walked

    def carried(self, value: Value, written: Held) -> Carried | None:
        """Give the column whose values a written column takes over, None where they cannot be told from it."""
        walks = list(self.read_by(value))
        if len(walks) != 1 or walks[0].held is None or walks[0].rest:
            return None
        read = walks[0].held
        own = isinstance(self.change, Update) and all(of == "row" for _, of in value_paths(value))
        same_column = own and not walks[0].hops and self.number(read) == self.number(written)
        kind, into = (KIND.get(stored(self.state, one).field.get_internal_type()) for one in (read, written))
        found = inverse(value, kind=kind, into=into, same_column=same_column, nullable=read.field.null)
        return Carried(read, walks[0], found) if found else None

    def condition_columns(self, key: ModelKey, where: Condition) -> Iterator[Held | None]:
        """Give the columns that a condition reads, those of relations on the way too; None for what is not known."""
        for path in where.reads if where is not None else ():
            walked = self.walk(key, path)
            if walked is None:
                yield None
                continue
            for hop in walked.hops:
                yield hop.held if hop.held.is_column else None
            if walked.held is not None:
                yield walked.held

    # --- what is owed ---

    def is_owed(self, held: Held) -> bool:
        """Whether overwriting a column takes something that undoing this change has to give back."""
        number, life = self.number(held), self.life(held)
        if not life.at_end:
            # Dropping the column takes its values. They come back only where another column takes them over later,
            # and need not where one did so before.
            before = any(view.restores(number) and view.takes_all_rows for view in self.earlier)
            before |= any(at < self.at and kept == number for at, kept in self.fates.kept)
            return self._is_dropped(held) and self.survives(held) and not before
        # What the spec has made it need not give back, but where an earlier change is undone from it.
        return life.at_start or any(view.relies_on(number) for view in self.earlier)

    @property
    def takes_all_rows(self) -> bool:
        """Whether the change takes its values from every row of the model that it reads."""
        match self.change:
            case Update(where=None, join=None) | Insert(where=None):
                return True
        return False

    def relies_on(self, number: int) -> bool:
        """Whether the change is undone from the values of a column."""
        overwritten = {self.number(held) for held, _ in self.assigned}
        for held, value in self.assigned:
            found = self.carried(value, held) if self.number(held) == number else None
            if found and (
                self.goes_later(found.held)
                or (self.source is not None and self.goes_whole(self.source))
                or (self.number(found.held) in overwritten and self.is_owed(found.held))
            ):
                return True
        return False

    def keeps(self, number: int) -> bool:
        """Whether this change or a later one saves a table or a column: it comes back before this change is undone."""
        return any(at >= self.at and kept == number for at, kept in self.fates.kept)

    def goes_later(self, held: Held) -> bool:
        """Whether the spec drops a column that holds something owed."""
        return self._is_dropped(held) and not self.keeps(self.number(held))

    def _is_dropped(self, held: Held) -> bool:
        life = self.life(held)
        return not life.at_end and (life.at_start or self._was_filled(self.number(held)))

    def _was_filled(self, number: int) -> bool:
        """Whether an earlier change put values from elsewhere into a column."""
        return any(
            view.number(held) == number and not isinstance(value, Constant)
            for view in self.earlier
            for held, value in view.assigned
        )

    def goes_whole(self, key: ModelKey) -> bool:
        """Whether the spec drops a table with something owed in it."""
        life = self.fates.life(self.at, key)
        number = self.fates.number(self.at, key)
        filled = (
            isinstance(view.change, Insert) and view.fates.number(view.at, view.change.model) == number
            for view in self.earlier
        )
        return not life.at_end and (life.at_start or any(filled)) and not self.keeps(number)

    def brought_back_before(self, key: ModelKey) -> list[View]:
        """Give the later changes of which undoing makes rows of a table anew, before this one is undone."""
        number = self.fates.number(self.at, key)
        return [
            view
            for view in self.later
            if view.source is not None
            and view.fates.number(view.at, view.source) == number
            and view.goes_whole(view.source)
            and any(view.carried(value, held) for held, value in view.assigned)
        ]

    def survives(self, held: Held) -> bool:
        """Whether a column's values are there when the change is rolled back."""
        number = self.number(held)
        return self.life(held).at_end or self.keeps(number) or any(view.restores(number) for view in self.later)

    def restores(self, number: int) -> bool:
        """Whether another column takes over the values of this one, so that undoing the change brings them back.

        Copies in a table that stays do not: which rows of it were taken from which is not known.
        """
        if isinstance(self.change, Insert) and self.table_fate(self.change.model) == "kept":
            return False
        for held, value in self.assigned:
            found = self.carried(value, held)
            if not found or not self.number(found.held) == number != self.number(held):
                continue
            if self.leads_back(found) and self.survives(held):
                return True
        return self.tells(number)

    def tells(self, number: int) -> bool:
        """Whether a key that the change takes from the source row tells what a column held."""
        return any(self.number(told.held) == number for told in self.told)

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """The columns that the source row tells again by its key, as long as it is there."""
        change = self.change
        if not isinstance(change, Update) or change.join is None:
            return ()
        source = change.join.source
        if not self.fates.life(self.at, source).at_end:
            return ()
        found = []
        for name, value in change.assign:
            walked = self.walk(source, value.path) if isinstance(value, Column) and value.of == "source" else None
            if walked is None or walked.held is None or walked.hops:
                continue
            key = walked.held.field.attname
            if is_key(self.model(source), {key}, self.state) and self.survives(self.held(change.model, name)):
                found += [
                    Told(self.held(change.model, ours), theirs, name, key)
                    for ours, theirs in change.join.on
                    if self.number(self.held(source, theirs)) not in self.written_from_here()
                ]
        return tuple(found)

    def leads_back(self, carried: Carried) -> bool:
        """Whether the way to a column can be gone backwards: none, or one foreign key of an updated row."""
        if not carried.walked.hops:
            return True
        return isinstance(self.change, Update) and carried.inverse.of.of == "row" and is_followed(carried)

    # --- what the spec does with rows ---

    def written_from_here(self) -> set[int]:
        """Give the columns that updates of the spec write from this change on."""
        views = (self, *self.later)
        return {view.number(held) for view in views if isinstance(view.change, Update) for held, _ in view.assigned}

    def is_stable(self, key: ModelKey, where: Condition) -> bool:
        """Whether a condition selects the same rows when the change is rolled back as when it ran."""
        written = self.written_from_here()
        return all(
            held is not None and self.number(held) not in written and self.life(held).at_end
            for held in self.condition_columns(key, where)
        )

    @property
    def table_number(self) -> int:
        """What the table that is changed keeps while its name changes."""
        return self.fates.number(self.at, self.change.model)

    def inserts_into(self, key: ModelKey) -> list[View]:
        """Give the changes that insert into a table, in the author's order."""
        number = self.fates.number(self.at, key)
        return [view for view in self.all if isinstance(view.change, Insert) and view.table_number == number]

    def pointing_at(self, key: ModelKey) -> Iterator[Pointing]:
        """Give the relations to a table: those that there are, and those that the spec goes on to make."""
        last = self.fates.life(self.at, key).last
        for state, names, name in (
            (self.state, self.fates.names[self.at], key.lower),
            (self.fates.after, self.fates.names[-1], last[:2] if last else None),
        ):
            for held in pointing_at(state, state.models[name]) if name else ():
                holder = (held.model.app_label, held.model.name_lower)
                number = names[*holder, held.field.name]
                yield Pointing(held, number, self.fates.lives[number], names[*holder, TABLE])


def key_of(model: ModelState) -> ModelKey:
    return ModelKey(model.app_label, model.name)


def is_followed(carried: Carried) -> bool:
    """Whether the way to a column can be gone backwards: at most one foreign key."""
    hops = carried.walked.hops
    return len(hops) < 2 and all(hop.forward and hop.held.is_column for hop in hops)


def comes_back_filled(held: Held) -> bool:
    """Whether a column can be added again to a table with rows: it is nullable, or Django finds a value for it."""
    field = held.field
    if field.null or field.has_default() or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED:
        return True
    return bool(field.blank and field.empty_strings_allowed)


def selects_all_but_null(where: Condition, name: str) -> bool:
    """Whether a condition leaves out only the rows where the column is NULL."""
    return isinstance(where, Lookups) and where.items == ((f"{name}__isnull", False),)


def not_empty(old: Held, new: Held) -> Condition:
    """Select the rows whose value may go back: NULL may not, where the column comes back with its default."""
    if old.field.null or not new.field.null or not comes_back_filled(old):
        return None
    name = new.field.attname
    return Lookups(((f"{name}__isnull", False),), (name,))
