"""What of a step's place is in the database before the spec, and which earlier step has to run for the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from django.db.migrations.operations import AlterField, AlterModelTable, RenameField, RenameModel
from django.db.migrations.state import ModelState, ProjectState, StateApps

from migspec.compiler.changes.cells import ROWS, UNKNOWN, Cell, model_of, reads, tables, writes
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.walk import Walked
from migspec.compiler.reversing.fates import TABLE, Fates, Name, field_name
from migspec.schemas.changes import PythonChange, RowChange, SchemaChange, SQLChange
from migspec.schemas.data.join_tables import JoinTable, with_join_tables
from migspec.schemas.data.paths import bound, columns
from migspec.schemas.data.rows import Insert, Update
from migspec.schemas.effects import table_name
from migspec.schemas.fields.alteration import narrower

RENAMING = (AlterField, AlterModelTable, RenameField, RenameModel)

# A table, and a column of it or None for its rows, as lives: what they are called matters no more.
Spot = tuple[int, int | None]
EVERYTHING: Spot = (-1, None)


@dataclass(frozen=True)
class Base:
    """The database before a spec, as the places inside the spec see it."""

    planned: SpecPlan
    rendered: dict[int, tuple[ProjectState, StateApps]] = field(default_factory=dict)  # by the state's identity

    @property
    def fates(self) -> Fates:
        return self.planned.fates

    def step(self, at: int) -> Walked:
        """Give the step that a change belongs to."""
        return self.planned.walked[self.fates.moments[at].step]

    # --- names ---

    def state(self, at: int) -> ProjectState:
        """Give the state before a change, with the names of tables and columns that the database has now."""
        state = self.fates.moments[at].state
        plain = {key: model for key, model in state.models.items() if not isinstance(model, JoinTable)}
        operations = [getattr(moment.change, "operation", None) for moment in self.fates.moments[:at]]
        if not any(isinstance(operation, RENAMING) for operation in operations):
            return ProjectState(plain, state.real_apps) if len(plain) < len(state.models) else state
        before = with_join_tables(self.planned.state_before)
        models = {key: self._stored(at, model, before) for key, model in plain.items()}
        return ProjectState(models, state.real_apps)

    def _stored(self, at: int, model: ModelState, before: ProjectState) -> ModelState:
        key = (model.app_label, model.name_lower)
        found = model.clone()
        first = self._first(at, (*key, TABLE))
        if first is not None and table_name(before.models[first[:2]]) != table_name(model):
            found.options = {**model.options, "db_table": table_name(before.models[first[:2]])}
        for name, unbound in model.fields.items():
            first = self._first(at, (*key, name))
            if first is None:
                continue
            held = before.models[first[:2]]
            old = bound(held, first[2], held.fields[first[2]]).column
            if old and old != bound(model, name, unbound).column:
                found.fields[name] = unbound.clone()
                found.fields[name].db_column = old
        return found

    def _first(self, at: int, name: Name) -> Name | None:
        number = self.fates.names[at].get(name)
        return self.fates.lives[number].first if number is not None else None

    def apps(self, state: ProjectState) -> StateApps:
        """Render a state, once."""
        if id(state) not in self.rendered:
            self.rendered[id(state)] = (state, state.apps)
        return self.rendered[id(state)][1]

    # --- what earlier steps make ---

    def makers(self, at: int, cells: Iterable[Cell]) -> list[int]:
        """Give the earlier changes that make, or write, what these cells are at a change."""
        wanted = {self._spot(at, cell) for cell in cells}
        return [
            earlier
            for earlier in range(at)
            if any(_overlap(spot, written) for written in self.written(earlier) for spot in wanted)
        ]

    def written(self, at: int) -> set[Spot]:
        """Give what a change makes, writes, or turns into something else."""
        moment = self.fates.moments[at]
        match moment.change:
            case SchemaChange():
                return self._made(at) | self._converted(at)
            case PythonChange() | SQLChange():
                return {*self._by_author(at), *self._made(at)}
            case change:
                return {self._spot(at, cell) for cell in writes(change, moment.state)}

    def _made(self, at: int) -> set[Spot]:
        known = set(self.fates.names[at].values())
        found = set[Spot]()
        for name, number in self.fates.names[at + 1].items():
            if number not in known and not self.fates.lives[number].at_start:
                table = self.fates.names[at + 1][(*name[:2], TABLE)]
                found.add((table, None if name[2] == TABLE else number))
        return found

    def _converted(self, at: int) -> set[Spot]:
        moment = self.fates.moments[at]
        change = moment.change
        if not isinstance(change, SchemaChange) or not isinstance(change.operation, AlterField):
            return set()
        key, name = (change.app_label, change.operation.model_name_lower), change.operation.name
        model = moment.state.models[key]
        old, new = bound(model, name, model.fields[name]), bound(model, name, change.operation.field)
        if not old.many_to_many and old.get_internal_type() == new.get_internal_type():
            return set()
        if old.many_to_many or not narrower(model, old, new):
            return set()
        return {(self.fates.names[at][(*key, TABLE)], self.fates.names[at][(*key, name)])}

    def _by_author(self, at: int) -> Iterator[Spot]:
        names, change = self.fates.names[at], self.fates.moments[at].change
        for touch in change.effects.writes if isinstance(change, (PythonChange, SQLChange)) else ():
            table = names.get((touch.app_label, touch.model, TABLE))
            yield EVERYTHING if touch.what == "everything" or table is None else (table, None)

    def _spot(self, at: int, cell: Cell) -> Spot:
        app_label, name, column = cell
        names, model = self.fates.names[at], self.fates.moments[at].state.models.get((app_label, name))
        table = names.get((app_label, name, TABLE))
        if cell == UNKNOWN or model is None or table is None:
            return EVERYTHING
        if column == ROWS:
            return table, None
        held = columns(self.fates.moments[at].state, model).get(column)
        number = names.get((app_label, name, held.field.name if held else field_name(model, column)))
        return (table, number) if number is not None else EVERYTHING


def _overlap(read: Spot, written: Spot) -> bool:
    if EVERYTHING in (read, written):
        return True
    return read[0] == written[0] and (written[1] is None or read[1] == written[1])


def needed(change: RowChange, state: ProjectState, new: Collection[tuple[str, str, str]]) -> set[Cell]:
    """Give what must be in the database to count a change: what it reads, and the rows of its tables.

    `new` are columns that are NULL in every row until the change writes them, and are not looked at.
    """
    model = model_of(state, change.model)
    found = reads(change, state)
    if isinstance(change, Insert):
        return found
    found |= {(*table, ROWS) for table in tables(state, model)}
    if isinstance(change, Update) and (change.where is not None or change.join is not None):
        found |= {cell for cell in writes(change, state) if cell[2] in change.distinct and cell not in new}
    return found
