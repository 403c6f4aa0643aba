"""concurrent-in-atomic: SQL that cannot run in a transaction, in one (PostgreSQL)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.lint.rule import POSTGRESQL, Found, Judged, Rule
from migspec.compiler.lint.sql import statements

OUTSIDE = re.compile(
    r"\b(?:(?:CREATE|DROP|REINDEX)\b.*\bCONCURRENTLY\b|VACUUM\b|ALTER\s+SYSTEM\b|CREATE\s+DATABASE\b)",
    re.IGNORECASE | re.DOTALL,
)


class ConcurrentInAtomic(Rule):
    """PostgreSQL refuses CREATE INDEX CONCURRENTLY and its like in a transaction block, which a migration is.

    What has a verb is put into a file of its own by the compiler. SQL of your own says atomic: false.
    """

    code: ClassVar[str] = "MIG202"
    databases: ClassVar[frozenset[str]] = POSTGRESQL
    bad: ClassVar[str] = """
    - run_sql: DROP INDEX CONCURRENTLY IF EXISTS library_old_idx
      uses: [Book]
      reverse: {noop: nothing used it}
    """
    good: ClassVar[str] = """
    - run_sql: DROP INDEX CONCURRENTLY IF EXISTS library_old_idx
      uses: [Book]
      reverse: {noop: nothing used it}
      atomic: false
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        if judged.step.verb != "run_sql" or getattr(judged.step, "atomic", None) is False:
            return
        for statement in statements(judged, "postgresql"):
            if match := OUTSIDE.search(statement):
                word = " ".join(match[0].split()[:3]).upper()
                yield Found(
                    message=f"PostgreSQL runs '{word}' outside of a transaction only",
                    advice="run it so:",
                    instead=[judged.rewritten(atomic=False)],
                    mechanical=True,
                )
                return
