"""Looking for rows with which a spec does not do what it says, and the smallest such rows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, Phase, Verbosity, given, reject, seed, settings
from hypothesis.errors import Flaky, Unsatisfiable

from migspec.compiler.history import Key
from migspec.compiler.terminal import plural
from migspec.compiler.verify.bases import Bases
from migspec.compiler.verify.check import Check, Subject
from migspec.compiler.verify.claims import Leeway
from migspec.compiler.verify.compare import differing
from migspec.compiler.verify.fill import Filler, NoValue
from migspec.compiler.verify.generate.entry import entry
from migspec.compiler.verify.generate.generation import NAME, Generation
from migspec.compiler.verify.generate.hints import hints_of
from migspec.compiler.verify.generate.promised import is_promised
from migspec.compiler.verify.generate.rows import Maker, Rows, Set
from migspec.compiler.verify.generate.seeded import seeded
from migspec.compiler.verify.generate.touched import touched_models
from migspec.compiler.verify.result import Result
from migspec.compiler.verify.tables import key_columns
from migspec.compiler.verify.typed import TypedRows, TypedTest
from migspec.schemas.data.join_tables import JoinTable, with_join_tables
from migspec.schemas.tests_entry import SpecTest

# What a test with the smallest rows is called, by the code of its failure.
NAMES = {
    "E802": "rows that do not come back",
    "E803": "rows that the change stops at",
    "E804": "rows that a stopped change leaves otherwise",
    "E805": "rows that differ from run to run",
}


# How often a set that fails is tried to be made smaller before rows and columns are left out one by one.
SHRINKS = 150


class _Fails(Exception):
    """The rows make the spec fail."""


@dataclass(slots=True)
class Search:
    """The sets of rows of one spec on one database, as they are tried."""

    subject: Subject
    bases: Bases
    texts: Mapping[Key, str]  # the spec's files
    can_cut_off: bool
    tried: int = 0
    shrinks: int = 0
    stopped: Counter[str] = field(default_factory=Counter)
    refused: Check | None = None  # the last that the database did not take
    worst: Check | None = None  # that failed, the smallest so far

    def run(self, generation: Generation, database: str) -> Result:
        """Try sets of rows; give what the smallest one shows that fails, or how many there were."""
        started = time.perf_counter()
        planned, course = self.subject.planned, self.subject.course
        maker = Maker(
            planned.state_before, course.before, touched_models(planned), hints_of(planned.spec.source.data),
            self.bases.scratch.connection,
        )  # fmt: skip
        empty = self._checked(Set({}, cut_off=False)) if generation.empty else None
        if empty is not None and empty.failures:
            self.worst = empty
        else:
            try:
                self._try_all(maker, generation)
            except (_Fails, Flaky):
                if generation.shrinks:
                    self._prune(maker.pointed_at)
            except Unsatisfiable:
                self.worst = self.refused
        worst = self.worst or (self.refused if not self.tried else None)
        return Result(
            spec=planned.spec.shown,
            test=NAME,
            database=database,
            failures=tuple(worst.failures) if worst else (),
            passes=tuple(worst.passes if worst else self._passes()),
            seconds=time.perf_counter() - started,
            entry=self._entry(worst) if worst else "",
        )

    def _try_all(self, maker: Maker, generation: Generation) -> None:
        @seed(generation.seed)
        @settings(
            max_examples=generation.sets,
            database=None,
            deadline=None,
            derandomize=False,
            phases=(Phase.generate, Phase.shrink) if generation.shrinks else (Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(maker.sets())
        def attempt(drawn: Set) -> None:
            if self.worst is not None:
                self.shrinks += 1
                if self.shrinks > SHRINKS:
                    return  # Hypothesis will find it Flaky
            check = self._checked(drawn) if drawn.rows else None
            if check is None:
                reject()
            elif check.failures and (self.worst is None or _kind(check) == _kind(self.worst)):
                self.worst = check
                raise _Fails

        with seeded():
            attempt()

    def _prune(self, kept: Collection[tuple[str, str]]) -> None:
        """Leave out rows and columns that the failure does not need: Hypothesis gives up before it has tried all."""
        pending = True
        while pending and self.worst is not None:
            pending = False
            for rows in _with_less(self.worst, kept):
                check = self._checked(Set(rows, cut_off=self.worst.cut_off))
                if check is not None and check.failures and _kind(check) == _kind(self.worst):
                    self.worst, pending = check, True
                    break

    def _checked(self, drawn: Set) -> Check | None:
        """Run the change with rows; None where the database does not take them."""
        check = self._check(drawn, SpecTest(name=NAME, expect={}))
        if any(failure.diagnostic.code == "E806" for failure in check.failures):
            self.refused = check
            return None
        self.tried += self.worst is None
        if check.stopped is None or not is_promised(check.stopped, self.subject.planned, self.texts):
            return check
        said = str(check.stopped.error)
        self.stopped[said] += 1
        return self._check(drawn, SpecTest(name=NAME, expect_error=said)) if said else check

    def _check(self, drawn: Set, test: SpecTest) -> Check:
        spec = self.subject.planned.spec
        rows = [TypedRows(label, given, ("tests",)) for label, given in drawn.rows.items()]
        typed = TypedTest(spec, len(spec.spec.tests), test, given=rows, expect=[], expect_reversed=[])
        check = Check(self.subject, self.bases, typed, self.can_cut_off and drawn.cut_off)
        check.run()
        return check

    def _passes(self) -> list[str]:
        stopped = self.stopped.total()
        said = [plural(self.tried, "set")]
        return [*said, f"{stopped} stopped as the spec says"] if stopped else said

    def _entry(self, check: Check) -> str:
        spec = self.subject.planned.spec
        test = check.test.test
        says: dict[str, object] = {"expect": {}} if test.expect_error is None else {"expect_error": test.expect_error}
        code = check.failures[0].diagnostic.code
        given = {self._named(rows.label): rows.rows for rows in check.test.given}
        return entry(NAMES.get(code, NAME), given, says, spec.source.format)

    def _named(self, label: str) -> str:
        """Name a model as the spec does."""
        planned = self.subject.planned
        app_label, _, name = label.partition(".")
        state = with_join_tables(planned.state_before)
        model = state.models[app_label, name.lower()]
        if isinstance(model, JoinTable):
            name = f"{state.models[model.owner].name}.{model.field}.through"
        return name if app_label == planned.spec.spec.app else f"{app_label}.{name}"


def excusing(subject: Subject, tests: Sequence[TypedTest]) -> Subject:
    """Give the subject with what its own tests say: of some models, that rows come back otherwise than they were."""
    found = subject.claims.reversed
    others = {label for test in tests for label in _otherwise(test, subject)}
    leeway = Leeway(found.columns, found.appear, found.vanish, found.rows | others, found.renumbered)
    return replace(subject, claims=replace(subject.claims, reversed=leeway))


def _otherwise(test: TypedTest, subject: Subject) -> Iterator[str]:
    apps = subject.course.before
    try:
        complete = Filler(apps, {rows.label: rows.rows for rows in test.given}).complete()
    except NoValue:
        return
    for rows in test.expect_reversed:
        given = [dict(row) for label, row in complete if label == rows.label]
        if differing(rows.rows, given, key_columns(apps.get_model(rows.label))):
            yield rows.label


def _with_less(check: Check, kept: Collection[tuple[str, str]]) -> Iterator[Rows]:
    """Give the rows without one of them, then with one column less, but for those that others point to."""
    rows = {one.label: [dict(row) for row in one.rows] for one in check.test.given}
    for label, listed in rows.items():
        for at in reversed(range(len(listed))):
            less = {**rows, label: listed[:at] + listed[at + 1 :]}
            yield {name: some for name, some in less.items() if some}
    for label, listed in rows.items():
        for at, row in enumerate(listed):
            for name in reversed(row) if len(row) > 1 else ():
                if (label, name) in kept:
                    continue
                one = {key: value for key, value in row.items() if key != name}
                yield {**rows, label: [*listed[:at], one, *listed[at + 1 :]]}


def _kind(check: Check) -> tuple[str, str]:
    """Tell failures apart, so that the smallest rows show what the first ones showed."""
    first = check.failures[0].diagnostic
    return first.code, str(first.place)
