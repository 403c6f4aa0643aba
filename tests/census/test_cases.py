"""Golden cases counted: what a census says of their rows is what the migration then does with them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from harness import cases
from migspec.compiler.census.count import count
from migspec.compiler.census.database import only_select
from migspec.compiler.census.finding import Census, Counted
from migspec.compiler.compile import plan_specs
from migspec.compiler.verify.bases import Bases
from migspec.compiler.verify.check import Check
from migspec.compiler.verify.run import Job, batches_of
from migspec.compiler.verify.scratch import scratch_on
from migspec.compiler.verify.servers import Server
from migspec.compiler.verify.stepping import Stopped
from migspec.compiler.verify.steps import Touched

SQLITE = Server("sqlite", {"ENGINE": "django.db.backends.sqlite3"})
# Every folder of cases passes; these have all kinds of row steps and take some seconds.
FOLDERS = ["deduplicate_rows", "delete_rows", "extract_model", "insert_rows", "join_tables", "patterns", "split_model"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_says_what_happens(folder: str, tmp_path: Path) -> None:
    for path in [path for path in cases.all_cases() if path.parent.name == folder]:
        with cases.placed(path, tmp_path) as (_, spec, config):
            outcome = plan_specs([spec], config)
            [batch] = batches_of(outcome, frozenset(cases.VENDORS), [SQLITE])
            with scratch_on(batch.server) as scratch:
                for job in batch.jobs:
                    bases = Bases(scratch, outcome.history)
                    bases.make(job.subject.planned.included, job.subject.planned.state_before)
                    count_and_run(job, bases, path.stem)


def count_and_run(job: Job, bases: Bases, name: str) -> None:
    """Count the given rows of each test, migrate, and compare."""
    planned, connection = job.subject.planned, bases.scratch.connection
    for test in job.tests:
        assert Check(job.subject, bases, test).begin()
        with connection.execute_wrapper(only_select):
            census = count(planned, connection, "sqlite")
        touched = Touched(planned, connection)
        stopped = False
        with suppress(Stopped):
            stopped = True
            job.subject.course.forward(connection, touched.watching)
            stopped = False
        if stopped:
            assert census.fails or any(said_of(step) for step in census.steps), (name, test.test.name)
            continue
        assert not census.fails, (name, test.test.name, census)
        assert not any("does not answer" in said for step in census.steps for said in said_of(step)), (name, census)
        written = dict.fromkeys(range(len(planned.spec.spec.steps)), 0)
        for step in touched.results(rolled_back=False):
            written[step.step] += step.rows
        for number, (rows, alone) in known(census).items():
            # Beside a step's own rows, on_delete and existing rows may have others written.
            assert rows == written[number] or (not alone and rows < written[number]), (name, test.test.name, number)


def known(census: Census) -> dict[int, tuple[int, bool]]:
    """Give the rows of each step of which all is known, and whether these are all that it writes."""
    unknown = {step.step for step in census.steps if step.parts and said_of(step)}
    parts = [(step.step, part) for step in census.steps for part in step.parts if step.step not in unknown]
    return {
        number: (
            sum(part.rows or 0 for other, part in parts if other == number),
            not any(part.also for other, part in parts if other == number),
        )
        for number in {number for number, _ in parts}
    }


def said_of(step: Counted) -> list[str]:
    """Give why something of a step is not known."""
    return [*step.unknown, *(part.unknown for part in step.parts if part.unknown)]
