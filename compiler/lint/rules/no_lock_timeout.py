"""no-lock-timeout: a change of a hot table waits for its lock without an end (MySQL, PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.dsl.diagnostics import Level
from migspec.schemas.changes import Kind, SchemaChange

SETTINGS = {
    "postgresql": '"OPTIONS": {"options": "-c lock_timeout=5000"}',
    "mysql": '"OPTIONS": {"init_command": "SET SESSION lock_wait_timeout = 5"}',
}


class NoLockTimeout(Rule):
    """A change of a table waits for the queries that are running, and every query that comes after waits for it: one
    long report stops the whole application.

    Let it give up after some seconds and try again: bound the wait for locks in the settings with which migrations run.
    Only models that the project calls hot are asked about: [tool.migspec.lint] hot = ["library.Loan"].
    """

    code: ClassVar[str] = "MIG208"
    level: ClassVar[Level] = "warning"
    databases: ClassVar[frozenset[str]] = frozenset(SETTINGS)
    bad: ClassVar[str] = """
    - add_field: Loan.fee
      field: {type: IntegerField, nullable: true}
    """
    good: ClassVar[str] = """
    - add_field: Tag.fee
      field: {type: IntegerField, nullable: true}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        waiting = sorted(judged.vendors & SETTINGS.keys() - judged.timeouts)
        for change in judged.changes:
            if not isinstance(change, SchemaChange) or change.side == "state" or change.kind is Kind.CONCURRENT:
                continue
            name = getattr(change.operation, "model_name", None) or getattr(change.operation, "name", "")
            label = f"{change.app_label}.{name}".lower()
            model = judged.scope.state.models.get((change.app_label, str(name).lower()))
            if waiting and label in judged.hot and model is not None and judged.made.is_old(model):
                lines = [f"{vendor}: {SETTINGS[vendor]}" for vendor in waiting]
                yield Found(
                    message=f"{model.app_label}.{model.name} is hot, and the settings do not bound the wait for locks",
                    advice="\n".join(
                        [
                            "bound it in the settings with which migrations run, and run them again if they give up:",
                            *lines,
                        ]
                    ),
                )
                return
