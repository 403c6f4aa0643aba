"""Verifying specs: each with its tests, on each database, the places among the migrations made once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from migspec.compiler.compile import Outcome
from migspec.compiler.history import Key
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.verify.bases import Bases
from migspec.compiler.verify.check import Check, Subject
from migspec.compiler.verify.claims import claims_of
from migspec.compiler.verify.generate.generation import NAME, Generation, check_installed
from migspec.compiler.verify.interrupt import with_small_ranges
from migspec.compiler.verify.result import Result
from migspec.compiler.verify.scratch import scratch_on
from migspec.compiler.verify.servers import Server
from migspec.compiler.verify.stepping import Course
from migspec.compiler.verify.typed import TypedTest, read_tests
from migspec.schemas.tests_entry import SpecTest


@dataclass(frozen=True, slots=True)
class Job:
    """A spec with the tests that were chosen."""

    subject: Subject
    tests: Sequence[TypedTest]
    texts: Mapping[Key, str]  # the spec's files
    every: Sequence[TypedTest] = ()  # all the spec's tests
    generation: Generation | None = None  # of rows that no test gives

    @property
    def count(self) -> int:
        """How many results there will be."""
        return len(self.tests) + (self.generation is not None)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is run one after another on one scratch database: specs with the same place."""

    server: Server
    jobs: Sequence[Job]


def batches_of(
    outcome: Outcome,
    vendors: frozenset[str],
    servers: Sequence[Server],
    chosen: str = "",
    generation: Generation | None = None,
) -> list[Batch]:
    """Give what is to be verified, earlier places first; `chosen` is a regular expression for the names of tests.

    With a `generation` that stands for one test more of each spec. SpecError: E709.
    """
    if generation is not None:
        check_installed()
        generation = generation if re.search(chosen, NAME) else None
    jobs = []
    for planned in outcome.plans:
        every = _tests(planned, outcome, vendors)
        tests = [test for test in every if re.search(chosen, test.test.name)]
        if tests or generation:
            texts = {file.key: file.text for file in outcome.files if file.spec is planned.spec}
            jobs.append(Job(_subject(planned, outcome, vendors), tests, texts, every, generation))
    jobs.sort(key=lambda job: _place(job)[1:])
    return [Batch(server, list(group)) for server in servers for _, group in groupby(jobs, lambda job: _place(job)[0])]


def _place(job: Job) -> tuple[frozenset[tuple[str, str]], int, list[tuple[str, str]], str]:
    included = job.subject.planned.included
    return included, len(included), sorted(included), job.subject.planned.spec.shown


def _tests(planned: SpecPlan, outcome: Outcome, vendors: frozenset[str]) -> list[TypedTest]:
    """Give the tests of a spec; one without rows where it has none, which shows that the migrations run."""
    tests = read_tests(planned, outcome.history, vendors)
    nothing = SpecTest(name="empty tables", expect={})
    return tests or [TypedTest(planned.spec, 0, nothing, given=[], expect=[], expect_reversed=[])]


def _subject(planned: SpecPlan, outcome: Outcome, vendors: frozenset[str]) -> Subject:
    files = [file for file in outcome.files if file.spec is planned.spec]
    return Subject(
        planned=planned,
        course=Course(planned.state_before, [outcome.history.migration(file.key) for file in files]),
        in_ranges=Course(planned.state_before, with_small_ranges(files)),
        claims=claims_of(planned),
    )


def run_batch(batch: Batch, outcome: Outcome, *, cut_off: bool = True, quick: bool = False) -> Iterator[Result]:
    """Run the tests on a scratch database of their own; give each result as it comes. SpecError: E705, E706.

    With `cut_off` they run cut off before each write and started again, too; with `quick` only forward.
    """
    with scratch_on(batch.server) as scratch:
        yield from run_on(Bases(scratch, outcome.history), batch, cut_off=cut_off, quick=quick)


def run_on(bases: Bases, batch: Batch, *, cut_off: bool = True, quick: bool = False) -> Iterator[Result]:
    """Run the tests on a scratch database that is there, as `run_batch` does. SpecError: E705, E706."""
    for job in batch.jobs:
        planned = job.subject.planned
        bases.make(planned.included, planned.state_before)
        for test in job.tests:
            started = time.perf_counter()
            check = Check(job.subject, bases, test, cut_off, quick)
            check.run()
            yield Result(
                spec=planned.spec.shown,
                test=test.test.name,
                database=batch.server.name,
                failures=tuple(check.failures),
                passes=tuple(check.passes),
                seconds=time.perf_counter() - started,
                steps=tuple(check.steps),
            )
        if job.generation is not None:
            # Hypothesis takes its time to import.
            from migspec.compiler.verify.generate.search import Search, excusing

            search = Search(excusing(job.subject, job.every), bases, job.texts, cut_off)
            yield search.run(job.generation, batch.server.name)
