"""Whether a database is at the place of a spec: all that comes before it is applied, and nothing of it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from migspec.compiler.compile import Outcome
from migspec.compiler.history import History, Key
from migspec.compiler.planning.plan import SpecPlan
from migspec.dsl.diagnostics import Diagnostic


def applied_in(connection: BaseDatabaseWrapper, history: History) -> set[Key]:
    """Give the migrations that the database has; a squashed one where all that it replaces are recorded."""
    recorder = MigrationRecorder(connection)
    # Not recorder.applied_migrations(): asking for the list of tables takes long where there are many.
    found: set[Key] = set(recorder.applied_migrations()) if recorder.has_table() else set()
    for key, migration in history.loader.replacements.items():
        if set(migration.replaces) <= found:
            found.add(key)
    return found


def misplaced(planned: SpecPlan, applied: Collection[Key], outcome: Outcome, database: str) -> Diagnostic | None:
    """Say why a spec cannot be counted in a database where these migrations are applied: E708; None where it can."""
    history, spec = outcome.history, planned.spec
    own = [file.key for file in planned.files]
    own += [key for found in outcome.surveys if found.spec is spec for key in found.keys if key not in own]
    done = [key for key in own if key in applied]
    place = spec.place("after", key=True) if spec.after else spec.place("app", key=True)
    if done:
        (app_label, name), part = done[0], "is" if len(done) == len(planned.files) else "is partly"
        before = [key for app, key in planned.files[0].code.dependencies if app == app_label]
        message = f"{database} is past this spec: it {part} applied there ({app_label}.{name})"
        hint = (
            "what was there before cannot be counted any more; in a copy of the database:\n"
            f"python manage.py migrate {app_label} {before[0] if before else 'zero'}"
        )
        return Diagnostic("E708", message, place, hint)
    needed = history.ancestors(
        key
        for file in planned.files
        for dependency in file.code.dependencies
        if dependency not in own and (key := history.find(*dependency))
    )
    if missing := [key for key in history.order if key in needed and key not in applied]:
        app_label, name = missing[-1]
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        message = f"{database} has not come to this spec: {app_label}.{name}{others} must be applied before"
        compiled = {file.key: file.spec.name for file in outcome.files}
        first = next((compiled[key] for key in missing if key in compiled), "")
        hint = f"python manage.py migrate {app_label} {name}"
        if first:
            hint = f"count '{first}' first; once it is applied, this one"
        return Diagnostic("E708", message, place, hint)
    later = [key for key in history.order if key in applied and key not in planned.included and key not in own]
    if later:
        message = f"{database} is past this spec's place: {later[0][0]}.{later[0][1]} is applied, and comes after it"
        return Diagnostic("E708", message, place, f"migspec rebase {spec.name}")
    return None
