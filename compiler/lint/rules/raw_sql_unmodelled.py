"""raw-sql-unmodelled: SQL that migspec, Django's state and the other databases know nothing of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.sql import sql_changes, statements
from migspec.schemas.effects import table_name
from migspec.schemas.references import shown

# Tables and indexes that a model may have.
TABLES = re.compile(
    r"^\s*(?:CREATE|ALTER|DROP|RENAME)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX)\b(?!\s+CONCURRENTLY)", re.IGNORECASE
)


class RawSqlUnmodelled(Rule):
    """Without `uses` a step of SQL may touch everything, so no other step passes it and the files become many. Tables
    that SQL changes behind the back of Django's state come back as changes of the next makemigrations.

    Name the models in `uses`, and say with `state_operations` what the SQL means for the state.
    """

    code: ClassVar[str] = "MIG501"
    bad: ClassVar[str] = """
    - run_sql: UPDATE library_tag SET label = 'none' WHERE label = ''
      reverse: {noop: an empty label is not missed}
    """
    good: ClassVar[str] = """
    - run_sql: UPDATE library_tag SET label = 'none' WHERE label = ''
      uses: [Tag]
      reverse: {noop: an empty label is not missed}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        if judged.step.verb != "run_sql":
            return
        written = list(statements(judged))
        altering = next((one for one in written if TABLES.match(one)), None)
        if altering and not any(change.state_operations for change in sql_changes(judged)):
            words = " ".join(altering.split()[:3])
            yield Found(
                message=f"Django's state does not learn of '{words} ...'",
                advice="say what it means for the state in state_operations, or why it need not know:",
                instead=[judged.allowed(self, "no model has this table")],
            )
        if judged.data.get("uses") is None:
            text = " ".join(written)
            models = [
                shown(judged.scope, model)
                for model in judged.scope.state.models.values()
                if re.search(rf"\b{re.escape(table_name(model))}\b", text)
            ]
            yield Found(
                message="without 'uses' this SQL may touch everything, and no other step passes it",
                advice="name the models that it reads and writes:" + ("" if models else " uses: [...]"),
                instead=[judged.rewritten(uses=sorted(models))] if models else [],
                mechanical=bool(models),
            )
