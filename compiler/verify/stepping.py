"""A spec's migrations on a database: forward, back, and forward from wherever it was cut off."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, partial

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState, StateApps
from django.db.transaction import TransactionManagementError

from migspec.compiler.history import Key

Around = Callable[[Migration], AbstractContextManager[None]]


def unwatched(migration: Migration) -> AbstractContextManager[None]:
    return nullcontext()


class Executor(MigrationExecutor):
    """Django's executor for migrations that are named one by one; it loads nothing from the disk."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.loader = MigrationLoader(None, load=False)
        self.loader.disk_migrations = {}  # Django 6.0 looks there for what a migration replaces
        self.recorder = MigrationRecorder(connection)
        self.progress_callback = None


class Stopped(Exception):
    """An error that stopped a migration."""

    def __init__(self, migration: Migration, error: Exception) -> None:
        super().__init__(str(error))
        self.migration, self.error = migration, error


class Course:
    """Some migrations in their order, and the states between them."""

    def __init__(self, before: ProjectState, migrations: Sequence[Migration]) -> None:
        self.migrations = [_remembering(migration) for migration in migrations]
        self._before = before

    @cached_property
    def states(self) -> list[ProjectState]:
        """The state before each migration, and the one after the last."""
        found = [self._before.clone()]
        _ = found[0].apps
        for migration in self.migrations:
            found.append(migration.mutate_state(found[-1]))
        return found

    @property
    def before(self) -> StateApps:
        """The models before the first migration."""
        return self.states[0].apps

    @property
    def after(self) -> StateApps:
        """The models after the last migration."""
        return self.states[-1].apps

    @property
    def is_reversible(self) -> bool:
        return all(operation.reversible for migration in self.migrations for operation in migration.operations)

    def forward(self, connection: BaseDatabaseWrapper, around: Around = unwatched) -> None:
        """Apply what is not applied, each inside the context that `around` gives; Stopped."""
        applied = applied_on(connection)
        executor = Executor(connection)
        for state, migration in zip(self.states, self.migrations, strict=False):
            if (migration.app_label, migration.name) not in applied:
                with around(migration):
                    self._run(executor, migration, state, back=False)

    def back(self, connection: BaseDatabaseWrapper) -> None:
        """Unapply what is applied; Stopped."""
        applied = applied_on(connection)
        executor = Executor(connection)
        for state, migration in reversed(list(zip(self.states, self.migrations, strict=False))):
            if (migration.app_label, migration.name) in applied:
                self._run(executor, migration, state, back=True)

    def _run(self, executor: Executor, migration: Migration, before: ProjectState, *, back: bool) -> None:
        _ = before.apps  # rendered once, and copied with the state
        try:
            if back:
                executor.unapply_migration(before.clone(), migration)
            else:
                executor.apply_migration(before.clone(), migration)
        except Exception as error:  # whatever the database, Django or the author's code raises
            disconnect(executor.connection)
            raise Stopped(migration, _first_cause(error)) from error
        except BaseException:
            disconnect(executor.connection)
            raise


def _remembering(migration: Migration) -> Migration:
    """Give the migration with operations that work out the state after them once.

    Rendering the models of a state takes Django far longer than most operations take the database.
    """
    found = copy.copy(migration)
    found.operations = [copy.copy(operation) for operation in migration.operations]  # type: ignore[misc]
    for operation in found.operations:
        known: list[ProjectState] = []
        operation.state_forwards = partial(_state_forwards, operation.state_forwards, known)  # type: ignore[method-assign]
    return found


def _state_forwards(
    run: Callable[[str, ProjectState], None], known: list[ProjectState], app_label: str, state: ProjectState
) -> None:
    if not known:
        run(app_label, state)
        # What Django puts off for a while is rendered by then, too: RunPython else renders everything again.
        state.clear_delayed_apps_cache()
        state.is_delayed = False
        _ = state.apps
        known.append(state.clone())
        return
    state.__dict__.clear()
    state.__dict__.update(known[0].clone().__dict__)


def disconnect(connection: BaseDatabaseWrapper) -> None:
    """Close the connection, as the end of the process does."""
    # Django's editor for SQLite may have left it inside a transaction; its own close() leaves SQLite in memory open.
    connection.in_atomic_block = False
    BaseDatabaseWrapper.close(connection)


def _first_cause(error: Exception) -> Exception:
    """Give the error that broke the transaction, of which Django's editor for SQLite then asks something more."""
    while isinstance(error, TransactionManagementError) and isinstance(error.__context__, Exception):
        error = error.__context__
    return error


def applied_on(connection: BaseDatabaseWrapper) -> set[Key]:
    """Give the migrations that are recorded as applied."""
    return set(MigrationRecorder(connection).applied_migrations())


def apply(connection: BaseDatabaseWrapper, state: ProjectState, migrations: Iterable[Migration]) -> ProjectState:
    """Apply migrations one after another; give the state after them. Stopped."""
    executor = Executor(connection)
    for migration in migrations:
        if "apps" not in state.__dict__:
            _ = state.apps
        try:
            state = executor.apply_migration(state, migration)
        except Exception as error:  # as above
            raise Stopped(migration, _first_cause(error)) from error
    return state
