"""unbatched-write: one statement writes a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.sql import WHOLE_TABLE, statements
from migspec.dsl.diagnostics import Level
from migspec.schemas.changing import in_database
from migspec.schemas.data.rows import Delete, Insert, Update


class UnbatchedWrite(Rule):
    """One statement over a large table holds its row locks to the end, lets replicas fall behind, and starts from the
    beginning when it is interrupted.

    Row steps write in ranges unless they are told not to. Where the table is small, say so.
    """

    code: ClassVar[str] = "MIG302"
    level: ClassVar[Level] = "warning"
    bad: ClassVar[str] = """
    - update_rows: Book
      set: {details: {value: {}}}
      where: {details: {value: []}}
      batch: "off"
      reverse: {noop: nothing reads the empty lists}
    """
    good: ClassVar[str] = """
    - update_rows: Book
      set: {details: {value: {}}}
      where: {details: {value: []}}
      reverse: {noop: nothing reads the empty lists}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for change in judged.changes:
            if not isinstance(change, (Update, Insert, Delete)) or getattr(change, "rows", None):
                continue
            table = change.source if isinstance(change, Insert) and change.source else change.model
            model = judged.scope.state.models[table.lower]
            if not in_database(model) or table.lower in judged.made.models:
                continue
            if judged.data.get("batch") == "off":
                message = f"one statement goes over all of {table}"
                advice = "write it in ranges:"
                rewritten = [judged.rewritten("batch")]
                yield Found(message=message, at=("batch",), key=True, advice=advice, instead=rewritten, mechanical=True)
            elif judged.data.get("emit") == "sql":
                message = f"'emit: sql' makes one statement over all of {table}"
                advice = "let RunPython write it in ranges:"
                rewritten = [judged.rewritten("emit")]
                yield Found(message=message, at=("emit",), key=True, advice=advice, instead=rewritten, mechanical=True)
            return
        for statement in statements(judged):
            if WHOLE_TABLE.match(statement):
                words = " ".join(statement.split()[:3])
                allowed = [judged.allowed(self, "the table has a few hundred rows")]
                advice = "write it as update_rows, copy_rows or delete_rows, or say how small the table is:"
                yield Found(
                    message=f"'{words} ...' is one statement over a whole table", advice=advice, instead=allowed
                )
                return
