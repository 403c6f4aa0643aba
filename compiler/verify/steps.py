"""What each data step did in a test: the rows that it wrote, and whether it came back as it claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration

from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.units import Unit
from migspec.compiler.verify.interrupt import WRITES
from migspec.schemas.changes import Kind
from migspec.schemas.step import DataStep, Irreversible, Noop

BOOKS = "django_migrations"  # in which Django, or the step itself, records the file


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """A data step in one test on one database."""

    step: int  # index in the spec's steps
    name: str  # verb and model
    rows: int  # that it wrote forward
    claimed: str  # how faithfully it comes back
    held: bool | None  # whether it did; None where nothing was rolled back


@dataclass(frozen=True, slots=True)
class Writer:
    """A data step among the operations of the files."""

    step: int
    name: str
    claimed: str
    side_tables: frozenset[str]


class Touched:
    """Counts, while the files run forward, the rows that each of their data steps writes."""

    def __init__(self, planned: SpecPlan, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.files = {file.key: file for file in planned.files if file.kind is Kind.DATA}
        self.writers = {id(unit): _writer(unit, planned) for file in self.files.values() for unit in file.units}
        self.rows = dict.fromkeys(self.writers, 0)

    @contextmanager
    def watching(self, migration: Migration) -> Iterator[None]:
        """Watch the operations of a migration, each for the step that it stands for."""
        file = self.files.get((migration.app_label, migration.name))
        changed: list[Any] = []
        # Each piece of a data file is an operation.
        units = [file.units[owner] for owner in file.owners] if file else []
        for operation, unit in zip(migration.operations, units, strict=False):
            vars(operation)["database_forwards"] = self._counted(operation.database_forwards, unit)
            changed.append(operation)
        try:
            yield
        finally:
            for operation in changed:
                del operation.database_forwards  # the class has the real one

    def _counted(self, run: Callable[..., None], unit: Unit) -> Callable[..., None]:
        def counted(*arguments: Any) -> None:
            aside, written = 0, 0

            def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
                nonlocal aside, written
                result = run(sql, params, many, context)
                if sql.lstrip().upper().startswith(WRITES):
                    count = max(context["cursor"].rowcount, 0)
                    if any(table in sql for table in (BOOKS, *self.writers[id(unit)].side_tables)):
                        aside += count
                    else:
                        written += count
                return result

            before = self._total()
            with self.connection.execute_wrapper(execute):
                run(*arguments)
            total = self._total()
            # SQLite knows the count of INSERT ... RETURNING only after its rows are fetched.
            self.rows[id(unit)] += written if total is None or before is None else total - before - aside

        return counted

    def _total(self) -> int | None:
        self.connection.ensure_connection()
        return getattr(self.connection.connection, "total_changes", None)

    def results(self, *, rolled_back: bool, wrong: Iterable[int] = ()) -> list[StepResult]:
        """Give every step; `wrong` are those whose rows did not come back as they say."""
        wrong = set(wrong)
        found = []
        for key, writer in self.writers.items():
            held = writer.step not in wrong if rolled_back and writer.claimed not in NOTHING else None
            result = StepResult(
                step=writer.step, name=writer.name, rows=self.rows[key], claimed=writer.claimed, held=held
            )
            found.append(result)
        return sorted(found, key=lambda result: result.step)


# Of these nobody says that anything comes back.
NOTHING = {"impossible", "does nothing"}


def _writer(unit: Unit, planned: SpecPlan) -> Writer:
    forwards = unit.rows.forwards if unit.rows else ()
    places = [place for place in planned.walked if place.index == unit.step]
    place = next((one for one in places if any(change is forwards[0] for change in one.changes if forwards)), places[0])
    saves = unit.rows.side_tables if unit.rows else ()
    name = f"{place.step.verb} {forwards[0].model.name}" if forwards else place.step.verb
    tables = frozenset(str(save.into.options["db_table"]) for save in saves)
    return Writer(unit.step, name, _claimed(unit, place.step), tables)


def _claimed(unit: Unit, step: Any) -> str:
    if unit.reversal is not None:
        words = {"noop": "does nothing", "written": "as written", "irreversible": "impossible"}
        return words.get(unit.reversal.fidelity, unit.reversal.fidelity)
    reverse = step.reverse if isinstance(step, DataStep) else None
    if isinstance(reverse, Noop):
        return "does nothing"
    return "impossible" if isinstance(reverse, Irreversible) else "as written"
