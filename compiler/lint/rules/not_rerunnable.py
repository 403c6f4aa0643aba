"""not-rerunnable: a second run, after a crash, would do the work again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.changes.rerun import rerun_all
from migspec.compiler.lint.rule import Data, Found, Judged, Rule
from migspec.compiler.lint.sql import statements
from migspec.schemas.data.paths import unique_sets
from migspec.schemas.data.rows import Column, Constant, Delete, Insert, Update

ITSELF = re.compile(r"\bSET\b.*?\"?(\w+)\"?\s*=\s*\"?\1\"?\s*[-+*/|]", re.IGNORECASE | re.DOTALL)


class NotRerunnable(Rule):
    """MySQL and Oracle record a migration outside of its transaction: a process that is killed in between runs it
    again, and `points + 1` is added twice. A step that says atomic: false may stop half-way anywhere.

    Give inserted rows a key, and let the condition of an update select only what is still to be done.
    """

    code: ClassVar[str] = "MIG303"
    bad: ClassVar[str] = """
    - insert_rows: Tag
      rows: [{slug: new, label: New}]
    """
    good: ClassVar[str] = """
    - insert_rows: Tag
      rows: [{slug: new, label: New}]
      key: slug
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        outside = judged.vendors & {"mysql", "oracle"} or getattr(judged.step, "atomic", None) is False
        if not outside:
            return
        changes = [change for change in judged.changes if isinstance(change, (Update, Insert, Delete))]
        if changes and not (told := rerun_all(changes, judged.scope.state)).safe:
            keyed = with_key(judged, changes[0])
            yield Found(
                message=f"run again after a crash, this step does its work twice: {told.reason}",
                advice=(
                    "tell which rows are there:"
                    if keyed
                    else "let 'where' select what is still to be done, or say why it may:"
                ),
                instead=[keyed or judged.allowed(self, "it runs while the application is stopped, with a backup")],
                mechanical=bool(keyed),
            )
        for statement in statements(judged):
            if match := ITSELF.search(statement):
                yield Found(
                    message=f"run again after a crash, this SQL computes {match[1]} from itself twice",
                    advice="let WHERE select what is still to be done, or say why it may:",
                    instead=[judged.allowed(self, "it runs while the application is stopped, with a backup")],
                )
                return


def with_key(judged: Judged, change: object) -> Data | None:
    """Give an insert with the one key by which its rows can be known."""
    if not isinstance(change, Insert) or change.key or "key" in judged.data:
        return None
    rows = change.rows or (change.assign,)
    given = [{name for name, value in row if isinstance(value, (Column, Constant))} for row in rows]
    model = judged.scope.state.models[change.model.lower]
    keys = [sorted(names) for names in unique_sets(judged.scope.state, model) if all(names <= row for row in given)]
    if len(keys) != 1:
        return None
    return judged.rewritten(key=keys[0][0] if len(keys[0]) == 1 else keys[0])
