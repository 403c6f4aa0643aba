"""A process that migrates and is killed with SIGKILL at one moment inside the data files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from harness import Runner

Targets = list[tuple[str, str | None]]

# Django is loaded and the project found: a fork has both, and a new interpreter would need a second for them.
FORK = multiprocessing.get_context("fork")

# Sessions of others on this database; on SQLite a process that is gone holds nothing.
OTHERS = {
    "postgresql": "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """When a process is killed: at the statement or commit of this number, counted from 0 inside the data files."""

    number: int
    when: Literal["before", "during", "after"]
    delay: float = 0  # seconds into it


@dataclass
class Events:
    """The statements and commits of the data files of one run, and when it is to be killed."""

    moment: Moment | None = None
    seen: list[str] = field(default_factory=list)
    inside: bool = False

    def progress(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action.endswith(("apply_start", "apply_success")):
            self.inside = action.endswith("start") and "_data" in migration.name

    def come(self, what: str, run: Callable[[], Any]) -> Any:
        if not self.inside:
            return run()
        number = len(self.seen)
        self.seen.append(what)
        if self.moment is None or self.moment.number != number:
            return run()
        if self.moment.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.moment.when == "during":
            threading.Timer(self.moment.delay, os.kill, [os.getpid(), signal.SIGKILL]).start()
        result = run()
        if self.moment.when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)  # the kill is on its way
        return result

    @contextmanager
    def watch(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        commit = connection._commit
        connection._commit = lambda: self.come("COMMIT", commit)

        def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            return self.come(sql, lambda: run(sql, params, many, context))

        try:
            with connection.execute_wrapper(execute):
                yield
        finally:
            del connection._commit


def migrate(runner: Runner, targets: Targets, moment: Moment | None = None) -> list[str]:
    """Migrate, and give the statements and commits of the data files; at the moment the process is killed."""
    events = Events(moment)
    executor = MigrationExecutor(runner.connection, events.progress)
    with events.watch(runner.connection):
        executor.migrate(targets)
    return events.seen


def killed(runner: Runner, targets: Targets, moment: Moment) -> None:
    """Migrate in a process of its own that is killed at the moment; wait until its sessions are gone."""
    runner.connection.close()
    process = FORK.Process(target=migrate, args=(runner, targets, moment))
    process.start()
    process.join(timeout=60)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"{moment}: the process waits for ever")
    assert process.exitcode == -signal.SIGKILL, f"{moment} never came: the process ended with {process.exitcode}"
    if runner.connection.vendor in OTHERS:
        # A server notices late that nobody listens; who starts a migration again does not come as fast as this test.
        with runner.connection.cursor() as cursor:
            for _ in range(1000):
                cursor.execute(f"SELECT COUNT(*) FROM {OTHERS[runner.connection.vendor]}")
                if cursor.fetchone() == (0,):
                    return
                time.sleep(0.01)
        raise AssertionError("the sessions of the killed process stay")


def records(seen: list[str]) -> list[int]:
    """Give the numbers of the statements that record a data file as applied, or no longer applied."""
    return [
        number for number, sql in enumerate(seen) if "django_migrations" in sql and sql.startswith(("INSERT", "DELETE"))
    ]
