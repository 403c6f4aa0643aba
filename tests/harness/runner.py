"""Run migrations on a real database with rows: forward, back, and cut off half-way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState, StateApps

import databases
from harness.fill import insert
from harness.project import Project, copied_project

WRITES = ("DELETE", "INSERT", "REPLACE", "UPDATE", "MERGE")


class Interrupted(BaseException):
    """Stands for a kill: nothing that catches Exception stops it."""


@dataclass
class Interruption:
    """Whether the statement came that was to be cut off."""

    happened: bool = False


class Runner:
    """One database and one set of migrations.

    It runs on an alias of its own while `default` is an empty database: code that forgets its alias fails.
    """

    def __init__(
        self,
        database: databases.Database,
        migrations: Mapping[str, Mapping[str, str]] | None = None,
        *,
        project: Project | None = None,
        base: bool = True,
        alias: str = "scratch",
    ) -> None:
        """Prepare to run `migrations` (app label -> name -> text) on top of the test project, or those of `project`."""
        if project and migrations:
            raise ValueError("write the migrations into the project")
        self._database = database
        self._migrations = migrations or {}
        self._given = project
        self._base = base
        self._alias = alias
        self._stack = ExitStack()
        self._state = ProjectState()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if self._given:
                self.project = self._given
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="migspec-")))
                self.project = stack.enter_context(copied_project(folder, self._migrations, base=self._base))
            self.connection: BaseDatabaseWrapper = stack.enter_context(_connected(self._alias, self._database.settings))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stack.close()

    # --- migrating ---

    def migrate_to(self, app_label: str, name: str | None) -> None:
        """Migrate forward or back to a migration, or to before the app's first."""
        self._migrate([(app_label, name)])

    def migrate(self, *, without: Iterable[tuple[str, str]] = ()) -> None:
        """Migrate the project's own apps forward to their last migrations, or as far as they go without some."""
        graph = MigrationExecutor(self.connection).loader.graph
        left_out = set(without)
        wanted = {
            key
            for key in graph.nodes
            if key[0] in self.project.labels and left_out.isdisjoint(graph.forwards_plan(key))
        }
        within = {
            key: {child.key for child in graph.node_map[key].children if child.key[0] == key[0]} for key in wanted
        }
        self._migrate(sorted(key for key in wanted if within[key].isdisjoint(wanted)))

    def _migrate(self, targets: list[tuple[str, str | None]]) -> None:
        executor = MigrationExecutor(self.connection)
        executor.migrate(targets)

    def applied(self, app_label: str) -> list[str]:
        """Give the names of the app's applied migrations."""
        return sorted(
            name for app, name in MigrationExecutor(self.connection).loader.applied_migrations if app == app_label
        )

    @contextmanager
    def interrupt(self, *, before: int) -> Iterator[Interruption]:
        """Cut off what runs inside as a kill would, before its n-th writing statement; the connection is lost too."""
        interruption = Interruption()
        count = 0

        def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal count
            if sql.lstrip().upper().startswith(WRITES):
                count += 1
                if count == before:
                    interruption.happened = True
                    raise Interrupted
            return run(sql, params, many, context)

        with self.connection.execute_wrapper(execute):
            try:
                yield interruption
            except Interrupted:
                self.connection.close()

    # --- rows ---

    @property
    def apps(self) -> StateApps:
        """The historical models at the place that the database is at."""
        state = MigrationExecutor(self.connection)._create_project_state(with_applied_migrations=True)
        # Rendering the models takes far longer than comparing what they are made of, and many migrations change none.
        if self._state != state:
            self._state = state
        return self._state.apps

    def model(self, name: str) -> type[models.Model]:
        """Give a historical model, as in library.Book, or the join table library.Book.tags.through."""
        return _model(self.apps, name)

    def insert(self, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[Any]]:
        """Insert rows by model, in the given order, and give their keys; NOT NULL columns not named get some value."""
        apps = self.apps
        return {name: insert(self.connection, _model(apps, name), listed) for name, listed in rows.items()}

    def rows(self, name: str, *columns: str, order_by: str = "pk") -> list[dict[str, Any]]:
        """Give the rows of a model, ordered by key: the named columns, or all by attname."""
        manager = self.model(name)._base_manager.using(self.connection.alias)
        return list(manager.order_by(order_by).values(*columns))

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Give the rows of every table of the project's apps, by model."""
        found = {}
        for model in self.apps.get_models(include_auto_created=True):
            if model._meta.app_label in self.project.labels and model._meta.managed:
                rows = model._base_manager.using(self.connection.alias).order_by("pk").values()
                found[model._meta.label] = list(rows)
        return found

    def tables(self) -> dict[str, dict[str, bool]]:
        """Give the database's tables as it describes them itself: for each column whether it may be NULL."""
        introspection = self.connection.introspection
        with self.connection.cursor() as cursor:
            return {
                table.name: {
                    column.name: bool(column.null_ok)
                    for column in introspection.get_table_description(cursor, table.name)
                }
                for table in sorted(introspection.get_table_list(cursor))
                if table.type == "t"
            }


def _model(apps: StateApps, name: str) -> type[models.Model]:
    if name.endswith(".through"):
        app_label, model, field, _ = name.split(".")
        relation = apps.get_model(app_label, model)._meta.get_field(field)
        through: type[models.Model] = relation.remote_field.through
        return through
    return apps.get_model(name)


@contextmanager
def _connected(alias: str, settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    if alias in connections.settings:
        raise ValueError(f"another Runner has the alias '{alias}'")
    complete = connections.configure_settings({"default": {}, alias: settings})
    connections.settings[alias] = complete[alias]
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]
