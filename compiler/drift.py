"""Whether models.py says what the migrations say after a compile: what makemigrations would still do."""

from __future__ import annotations

from django.apps import apps
from django.core.management.commands.makemigrations import Command
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState

from migspec.compiler.compile import Outcome
from migspec.dsl.diagnostics import Diagnostic, Place


def drift(outcome: Outcome) -> list[Diagnostic]:
    """Give a warning for each operation that makemigrations would generate in an app that was just compiled."""
    history = outcome.history
    after = history.state(frozenset(history.order))
    detector = Command.autodetector(after, ProjectState.from_apps(apps), MigrationQuestioner(dry_run=True))
    labels = {file.key[0] for file in outcome.files}
    changes = detector.changes(graph=history.loader.graph, trim_to_apps=labels, convert_apps=labels)
    return [
        _warning(app_label, operation.describe(), outcome)
        for app_label in sorted(changes)
        if app_label in labels
        for migration in changes[app_label]
        for operation in migration.operations
    ]


def _warning(app_label: str, description: str, outcome: Outcome) -> Diagnostic:
    last = [file.spec for file in outcome.files if file.key[0] == app_label][-1]
    message = f"models.py and the migrations of '{app_label}' differ: makemigrations would {_lower(description)}"
    hint = "change models.py so that it says what the spec says, or add the step to the spec"
    return Diagnostic("E317", message, Place(last.shown), hint, level="warning")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
