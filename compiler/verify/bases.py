"""The database before a spec: the project's own migrations up to its place, run once for all specs with that place."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations.state import ProjectState

from migspec.compiler.config import shown
from migspec.compiler.history import History, Key, folder_of
from migspec.compiler.project import one_line
from migspec.compiler.verify.scratch import Scratch
from migspec.compiler.verify.stepping import Stopped, apply
from migspec.compiler.verify.tables import create_unmigrated, empty, filled_tables
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError


class Bases:
    """The base that a scratch database has now; the next one grows from it where it can."""

    def __init__(self, scratch: Scratch, history: History) -> None:
        self.scratch = scratch
        self.history = history
        self.included: frozenset[Key] | None = None
        self.filled: Sequence[str] = ()  # tables in which migrations have written rows

    def make(self, included: frozenset[Key], state: ProjectState) -> None:
        """Make the place where exactly `included` have run the base; E706 where a migration fails.

        `state` is the project's state there.
        """
        if included == self.included:
            return
        scratch = self.scratch
        if self.included is None or not self.included <= included:
            scratch.drop()
            scratch.create()
            create_unmigrated(scratch.connection, self.history.without_migrations)
            self.included = frozenset()
        else:
            scratch.restore()
        missing = [key for key in self.history.order if key in included and key not in self.included]
        start = self.history.state(self.included)
        try:
            apply(scratch.connection, start, [self.history.migration(key) for key in missing])
        except Stopped as stopped:
            raise SpecError(_fails(stopped, scratch, self.history)) from None
        scratch.keep()
        self.included = included
        self.filled = filled_tables(scratch.connection, state.apps)

    def begin(self) -> None:
        """Put the scratch database back to the base, without the rows that migrations wrote: a test gives its own."""
        self.scratch.restore()
        empty(self.scratch.connection, self.filled)


def _fails(stopped: Stopped, scratch: Scratch, history: History) -> Diagnostic:
    app_label, name = stopped.migration.app_label, stopped.migration.name
    folder = folder_of(app_label)
    place = Place(shown(folder.path / f"{name}.py", history.root) if folder else f"{app_label}.{name}")
    vendor = scratch.connection.vendor
    message = f"{app_label}.{name} fails on {vendor}: {type(stopped.error).__name__}: {one_line(stopped.error)}"
    hint = "the project's migrations before a spec must run on an empty database: 'python manage.py migrate' shows how"
    return Diagnostic("E706", message, place, hint)
