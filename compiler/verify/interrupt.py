"""Cutting a run off as a kill would: before one of its writing statements, with the connection lost."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration

from migspec.compiler.planning.planned import MigrationFile

WRITES = ("DELETE", "INSERT", "MERGE", "REPLACE", "UPDATE")


class Killed(BaseException):
    """Stands for a kill: nothing that catches Exception stops it."""


class Cutter:
    """Counts the writing statements inside, and kills the run before the n-th."""

    def __init__(self, connection: BaseDatabaseWrapper, *, before: int | None = None) -> None:
        self.connection = connection
        self.before = before
        self.count = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        with self.connection.execute_wrapper(self._execute):
            yield

    def _execute(self, run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            self.count += 1
            if self.count == self.before:
                raise Killed
        return run(sql, params, many, context)


def with_small_ranges(files: Sequence[MigrationFile]) -> list[Migration]:
    """Give the migrations of some files with ranges of one key, so that few rows make many ranges."""
    found = []
    for file in files:
        app_label, name = file.key
        module = types.ModuleType(f"{app_label}.migrations.{name}")
        exec(compile(file.text, file.path, "exec"), module.__dict__)  # noqa: S102 (our own output)
        if key_ranges := module.__dict__.get("key_ranges"):
            module.__dict__["key_ranges"] = lambda queryset, ranges=key_ranges, **sizes: ranges(queryset, size=1)
        found.append(module.Migration(name, app_label))
    return found
