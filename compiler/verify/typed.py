"""The rows of a spec's tests as Python values: each read by its column, at the place where the test means it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.history import History
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Path, Place
from migspec.dsl.names import ModelName
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.data.rows import Constant
from migspec.schemas.data.values import Reader
from migspec.schemas.errors.collect import Collected
from migspec.schemas.scope import Scope
from migspec.schemas.tests_entry import AnyPart, MatchesPart, RecentPart, SpecTest, UniquePart

Row = Mapping[str, Any]  # by attname; a value, or a matcher


@dataclass(frozen=True, slots=True)
class TypedRows:
    """The rows of one model in a test, in the order in which they are written."""

    label: str  # as in library.Book
    rows: Sequence[Row]
    path: Path  # of the list in the document


@dataclass(frozen=True, slots=True)
class TypedTest:
    """A test whose names are known and whose values fit."""

    spec: SpecFile
    index: int
    test: SpecTest
    given: Sequence[TypedRows]
    expect: Sequence[TypedRows]
    expect_reversed: Sequence[TypedRows]

    def place(self, *path: str | int, key: bool = False) -> Place:
        """Give a place inside the test; the steps for one that the spec does not have."""
        if self.index >= len(self.spec.spec.tests):
            return self.spec.place("steps", key=True)
        return self.spec.place("tests", self.index, *path, key=key)


def state_after(planned: SpecPlan, history: History) -> ProjectState:
    """Give the project's state after the files of a plan, which are in the history."""
    state = planned.state_before.clone()
    for file in planned.files:
        state = history.migration(file.key).mutate_state(state, preserve=False)
    return state


def check_tests(plans: Sequence[SpecPlan], history: History, vendors: frozenset[str]) -> None:
    """SpecError with everything that is wrong in the tests of some specs, whose files are in the history."""
    problems = Collected()
    for planned in plans:
        with problems.catching():
            read_tests(planned, history, vendors)
    problems.throw()


def read_tests(planned: SpecPlan, history: History, vendors: frozenset[str]) -> list[TypedTest]:
    """Read the tests of a spec; SpecError with every name that is not there and every value that does not fit."""
    before, after = planned.state_before, None
    problems = Collected()
    found: list[TypedTest] = []
    for index, test in enumerate(planned.spec.spec.tests):
        after = after or state_after(planned, history)

        def read(key: str, state: ProjectState, tables: Any, index: int = index) -> list[TypedRows]:
            path = ("tests", index, key)
            scope = Scope(
                app_label=planned.spec.spec.app,
                state=with_join_tables(state),
                vendors=vendors,
                path=path,
                locate=partial(_place, planned.spec, len(path) + 1),
            )
            return _read_tables(tables if isinstance(tables, dict) else {}, scope, problems)

        found.append(
            TypedTest(
                spec=planned.spec,
                index=index,
                test=test,
                given=read("given", before, test.given),
                expect=read("expect", after, test.expect),
                expect_reversed=read("expect_reversed", before, test.expect_reversed),
            )
        )
    problems.throw()
    return found


def _place(spec: SpecFile, length: int, path: Path, *, key: bool = False) -> Place:
    """Give a place in a table of rows; one of that length is a model's, and names of models are keys."""
    return spec.source.place(path, key=key or len(path) == length)


def _read_tables(tables: Mapping[ModelName, Sequence[Row]], scope: Scope, problems: Collected) -> list[TypedRows]:
    found = []
    for name, rows in tables.items():
        with problems.catching():
            written = str(name)
            model = scope.model(name, written)
            read = []
            for index, row in enumerate(rows):
                values: dict[str, Any] = {}
                for column, value in row.items():
                    with problems.catching():
                        attname, typed = _value(scope, model, column, value, written, index)
                        values[attname] = typed
                read.append(values)
            found.append(TypedRows(f"{model.app_label}.{model.name}", read, (*scope.path, written)))
    return found


def _value(scope: Scope, model: ModelState, name: str, value: Any, *at: str | int) -> tuple[str, Any]:
    """Give the column that a row names, and the value for it: a matcher as it is, anything else as Python has it."""
    field = scope.column(model, name, *at, name, key=True)
    if isinstance(value, (AnyPart, UniquePart, MatchesPart, RecentPart)):
        return field.attname, value
    found = Reader(scope=scope, own=None).value(field, value, *at, name)
    if not isinstance(found, Constant):
        message = "rows of a test hold constants, and this is computed"
        raise scope.error("E307", message, *at, name, hint="in 'expect', {any: true} stands for a value unknown here")
    return field.attname, found.value
