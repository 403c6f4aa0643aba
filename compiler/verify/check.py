"""One test of a spec on one database: forward, compared, back, compared, forward again, compared."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.state import StateApps

from migspec.compiler.history import Key
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.project import one_line
from migspec.compiler.verify.bases import Bases
from migspec.compiler.verify.claims import Claims, Leeway
from migspec.compiler.verify.compare import Cell, changed, differing
from migspec.compiler.verify.fill import Filler, NoValue, Values
from migspec.compiler.verify.interrupt import Cutter, Killed
from migspec.compiler.verify.result import Failure
from migspec.compiler.verify.stepping import Around, Course, Stopped, unwatched
from migspec.compiler.verify.steps import StepResult, Touched
from migspec.compiler.verify.tables import Refused, Snapshot, insert, key_columns, rows_of, snapshot, tables_of
from migspec.compiler.verify.typed import TypedRows, TypedTest
from migspec.dsl.diagnostics import Diagnostic, Place
from migspec.schemas.changes import Kind
from migspec.schemas.step import Part

AGAIN = "make the change depend on the rows alone: order by a unique column, and add nothing twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A planned spec that is to be verified."""

    planned: SpecPlan
    course: Course
    in_ranges: Course  # the same with ranges of one key
    claims: Claims

    def place_at(self, key: Key) -> Place:
        """Give the step that a file stands for, or the steps where it stands for several."""
        steps = {unit.step for file in self.planned.files if file.key == key for unit in file.units}
        spec = self.planned.spec
        return spec.place("steps", *steps) if len(steps) == 1 else spec.place("steps", key=True)


@dataclass(slots=True)
class Check:
    """A test as it goes on."""

    subject: Subject
    bases: Bases
    test: TypedTest
    cut_off: bool = True  # whether to run it cut off before each write, too
    quick: bool = False  # whether going forward is all
    rows: Sequence[tuple[str, Values]] = ()
    failures: list[Failure] = field(default_factory=list)
    passes: list[str] = field(default_factory=list)  # what was done
    steps: list[StepResult] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # models whose rows did not come back
    stopped: Stopped | None = None  # the first way forward

    def run(self) -> None:
        """Run the test on the base; `failures` holds what is not as the spec says."""
        course, connection = self.subject.course, self.connection
        if not self.begin():
            return
        given = snapshot(connection, course.before)
        if self.test.test.expect_error is not None:
            self.expect_error(given)
            return
        touched = Touched(self.subject.planned, connection)
        if not self.go("forward", around=touched.watching):
            return
        self.steps = touched.results(rolled_back=False)
        self.compare(course.after, self.test.expect, "expect", "after the change")
        if self.quick:
            return
        after = snapshot(connection, course.after)
        leeway = self.from_run_to_run(given, after)
        if course.is_reversible and self.go("back"):
            came_back = self.compare_reversed(given)
            writers = self.subject.claims.writers
            self.steps = touched.results(rolled_back=True, wrong=[writers.get(label, -1) for label in self.lost])
            if self.go("forward", "again ") and came_back:
                self.compare(course.after, self.test.expect, "expect", "after the change, made again")
                self.compare_runs(after, leeway, "made again after rolling back")
        if self.cut_off and not self.failures:
            self.interrupt(after, leeway)

    # --- going ---

    @property
    def connection(self) -> BaseDatabaseWrapper:
        return self.bases.scratch.connection

    def begin(self) -> bool:
        """Put the database back to the base with the given rows; whether it takes them."""
        self.bases.begin()
        given = {rows.label: rows.rows for rows in self.test.given}
        try:
            self.rows = self.rows or Filler(self.subject.course.before, given).complete()
            insert(self.connection, self.subject.course.before, self.rows)
        except NoValue as error:
            self.fail("E806", f"{self.name}: {error}", self.test.place("given", key=True), "name it in the row")
        except Refused as error:
            message = f"{self.name}: the database refuses the rows of {error.label}: {one_line(error.error)}"
            self.fail("E806", message, self._given_place(error.label), "name the columns that must have other values")
        else:
            return True
        return False

    def _given_place(self, label: str) -> Place:
        path = next((rows.path for rows in self.test.given if rows.label == label), None)
        return self.test.spec.place(*path, key=True) if path else self.test.place("given", key=True)

    def go(self, way: str, how: str = "", around: Around = unwatched) -> bool:
        """Migrate forward or back; whether that went well."""
        course = self.subject.course
        try:
            if way == "back":
                course.back(self.connection)
            else:
                course.forward(self.connection, around)
        except Stopped as stopped:
            if way == "forward" and not how:
                self.stopped = stopped
            verb = "the change" if way == "forward" else "rolling back"
            self.passes.append(f"{way} stops")
            message = f"{self.name}: {verb} stops {how}in {_named(stopped)}: {_words(stopped)}"
            self.fail("E803", message, self.subject.place_at(_key(stopped)))
            return False
        self.passes.append(way)
        return True

    def expect_error(self, given: Snapshot) -> None:
        words = self.test.test.expect_error or ""
        place = self.test.place("expect_error")
        course, connection = self.subject.course, self.connection
        try:
            course.forward(connection)
        except Stopped as stopped:
            if words not in str(stopped.error):
                message = f"{self.name}: the change stops with another error, in {_named(stopped)}: {_words(stopped)}"
                self.fail("E804", message, place)
            self.passes.append("stopped")
        else:
            self.passes.append("forward")
            self.fail("E804", f"{self.name}: the change does not stop", place)
            return
        if course.is_reversible and self.go("back"):
            now, leeway = snapshot(connection, course.before), self.subject.claims.reversed
            for label, cells in changed(given, now, self.keys(), leeway).items():
                message = f"{self.name}: a change that stopped left {label} otherwise than it was"
                self.fail("E804", message, place, cells=cells, heads=("before", "afterwards"))

    def interrupt(self, after: Snapshot, leeway: Leeway) -> None:
        """Cut the change off before each statement by which its data files write, start it again, and compare."""
        course = self.subject.in_ranges
        counter = Cutter(self.connection)
        self.begin()
        course.forward(self.connection, self.around(counter))
        self.passes += [f"cut off {counter.count} times"] if counter.count else []
        for at in range(1, counter.count + 1):
            self.begin()
            cutter = Cutter(self.connection, before=at)
            with suppress(Killed, Stopped):  # Django's editor for SQLite may make another error of the kill
                course.forward(self.connection, self.around(cutter))
            how = f"cut off before write {at} of {counter.count} and started again"
            try:
                course.forward(self.connection)
            except Stopped as stopped:
                place = self.subject.place_at(_key(stopped))
                self.fail("E805", f"{self.name}: the change, {how}, stops: {_words(stopped)}", place, AGAIN)
            else:
                self.compare_runs(after, leeway, how)
            if self.failures:
                return

    def around(self, cutter: Cutter) -> Around:
        """Watch the files that change rows and must stand being cut off: schema files have Django's guarantees only.

        So have those in one transaction where the database cannot undo DDL: Django opens none around the file there.
        """
        whole = self.connection.features.can_rollback_ddl
        data = {file.key for file in self.subject.planned.files if file.kind is Kind.DATA}

        def watch(migration: Migration) -> AbstractContextManager[None]:
            is_data = (migration.app_label, migration.name) in data
            return cutter.watching() if is_data and (whole or not migration.atomic) else nullcontext()

        return watch

    # --- comparing ---

    def compare(self, apps: StateApps, expected: Sequence[TypedRows], key: str, when: str) -> bool:
        """Hold the tables that a test names to its rows, each exactly."""
        fine = True
        for rows in expected:
            model = apps.get_model(rows.label)
            cells = differing(rows.rows, rows_of(self.connection, model), key_columns(model))
            if cells:
                fine = False
                if key == "expect_reversed":
                    self.lost.add(rows.label)
                message = f"{self.name}: {rows.label} is not as expected {when}"
                code = "E802" if key == "expect_reversed" else "E801"
                self.fail(code, message, self.test.spec.place(*rows.path, key=True), cells=cells)
        return fine

    def compare_reversed(self, given: Snapshot) -> bool:
        """Hold the rows after rolling back to the test and to what the steps claim; whether they are those given."""
        course, claims = self.subject.course, self.subject.claims
        now = snapshot(self.connection, course.before)
        if self.test.test.expect_reversed == "same":
            differences = changed(given, now, self.keys(), Leeway())
            for label, cells in differences.items():
                self.lost.add(label)
                place = self.test.place("expect_reversed")
                message = f"{self.name}: {label} did not come back"
                self.fail("E802", message, place, cells=cells, heads=("before", "came back as"))
            return not differences
        self.compare(course.before, self.test.expect_reversed, "expect_reversed", "after rolling back")
        named = {rows.label for rows in self.test.expect_reversed}
        for label, cells in changed(given, now, self.keys(), claims.reversed, without=named).items():
            self.lost.add(label)
            message = f"{self.name}: {label} did not come back, and no step says that it may differ"
            hint = "correct the reverse, or say in 'expect_reversed' what comes back"
            self.fail("E802", message, self.place_of(label), hint, cells=cells, heads=("before", "came back as"))
        return now == given

    def compare_runs(self, first: Snapshot, leeway: Leeway, how: str) -> None:
        """Hold what another run on the same rows left to what the first one did."""
        second = snapshot(self.connection, self.subject.course.after)
        for label, cells in changed(first, second, self.keys(after=True), leeway).items():
            message = f"{self.name}: the change, {how}, gives other rows of {label}"
            self.fail("E805", message, self.place_of(label), AGAIN, cells=cells, heads=("first", "then"))

    def from_run_to_run(self, given: Snapshot, after: Snapshot) -> Leeway:
        """Give what may differ from run to run: what the steps say, and what the test itself cannot know."""
        claims, apps = self.subject.claims, self.subject.course.after
        matched = {
            (rows.label, name)
            for rows in self.test.expect
            for row in rows.rows
            for name, value in row.items()
            if isinstance(value, Part)
        }
        keys = {(label, name) for label, names in self.keys(after=True).items() for name in names}
        renumbered = claims.again.renumbered | {label for label, _ in matched & keys}
        if claims.has_code:  # of the author, who need not say that it inserts
            renumbered |= {label for label, rows in after.items() if len(rows) > len(given.get(label, ()))}
        pointing = {
            (label, field.attname)
            for label, model in tables_of(apps).items()
            for field in model._meta.concrete_fields
            if field.remote_field and field.remote_field.model._meta.label in renumbered
        }
        return Leeway(columns=claims.again.columns | (matched - keys) | pointing, renumbered=renumbered)

    def keys(self, *, after: bool = False) -> dict[str, list[str]]:
        apps = self.subject.course.after if after else self.subject.course.before
        return {label: key_columns(model) for label, model in tables_of(apps).items()}

    # --- saying ---

    def place_of(self, label: str) -> Place:
        """Give the last step that writes rows of a model."""
        step = self.subject.claims.writers.get(label)
        return self.test.spec.place("steps", *(() if step is None else (step,)), key=step is None)

    @property
    def name(self) -> str:
        return f"'{self.test.test.name}'"

    def fail(
        self,
        code: str,
        message: str,
        place: Place,
        hint: str = "",
        *,
        cells: Sequence[Cell] = (),
        heads: tuple[str, str] = ("expected", "actual"),
    ) -> None:
        self.failures.append(Failure(Diagnostic(code, message, place, hint), tuple(cells), heads))


def _key(stopped: Stopped) -> Key:
    return stopped.migration.app_label, stopped.migration.name


def _named(stopped: Stopped) -> str:
    return ".".join(_key(stopped))


def _words(stopped: Stopped) -> str:
    return f"{type(stopped.error).__name__}: {one_line(stopped.error)}"
