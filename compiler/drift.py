"""Whether models.py says what the migrations say after a compile: what makemigrations would still do."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import apps
from django.core.management.commands.makemigrations import Command
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState

from migspec.compiler.compile import Outcome
from migspec.dsl.diagnostics import Diagnostic, Place

MOST = 5  # operations named in one warning


def drift(outcome: Outcome) -> list[Diagnostic]:
    """Give a warning for each app just compiled in which makemigrations would still do something, and name it."""
    history = outcome.history
    after = history.state(frozenset(history.order))
    detector = Command.autodetector(after, ProjectState.from_apps(apps), MigrationQuestioner(dry_run=True))
    labels = {file.key[0] for file in outcome.files}
    changes = detector.changes(graph=history.loader.graph, trim_to_apps=labels, convert_apps=labels)
    return [
        _warning(
            app_label, [each.describe() for migration in changes[app_label] for each in migration.operations], outcome
        )
        for app_label in sorted(changes)
        if app_label in labels
    ]


def _warning(app_label: str, descriptions: Sequence[str], outcome: Outcome) -> Diagnostic:
    last = [file.spec for file in outcome.files if file.key[0] == app_label][-1]
    said = ", ".join(_lower(text) for text in descriptions[:MOST])
    more = f" and {len(descriptions) - MOST} more" if len(descriptions) > MOST else ""
    message = f"models.py and the migrations of '{app_label}' differ: makemigrations would {said}{more}"
    hint = "change models.py so that it says what the spec says, or add the step to the spec"
    return Diagnostic("E317", message, Place(last.shown), hint, level="warning")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
