"""The rows of a database through historical models: inserting them as they are, and reading them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps as global_apps
from django.core.management.color import no_style
from django.db import models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import StateApps
from django.db.utils import Error as DatabaseError

from migspec.compiler.verify.fill import Values

# Django adds its rows whenever one is asked for: they belong to no migration.
LAZY = "contenttypes.ContentType"

Rows = list[dict[str, Any]]
Snapshot = dict[str, Rows]  # by the label of the model; the rows by key, their columns by attname


class Refused(Exception):
    """A row that the database does not take."""

    def __init__(self, label: str, row: Values, error: DatabaseError) -> None:
        super().__init__(str(error))
        self.label, self.row, self.error = label, row, error


def insert(connection: BaseDatabaseWrapper, apps: StateApps, rows: Sequence[tuple[str, Values]]) -> None:
    """Insert complete rows, by the labels of their models; Refused.

    Foreign keys are checked at the end, so that rows may point to each other.
    """
    alias = connection.alias
    label = ""
    row: Values = {}
    written = [apps.get_model(label) for label in dict.fromkeys(label for label, _ in rows)]
    try:
        with transaction.atomic(using=alias):
            with connection.constraint_checks_disabled():
                for label, row in rows:
                    model = apps.get_model(label)
                    # Raw: a row says what its table holds, so auto_now and the tables of parents are left alone.
                    model(**row).save_base(raw=not model._meta.parents, force_insert=True, using=alias)
            # Not every table: MySQL and MariaDB take longer to say which keys a table has than to insert its rows.
            tables = dict.fromkeys(one._meta.db_table for model in written for one in (model, *model._meta.all_parents))
            connection.check_constraints(list(tables))
            # Given keys leave the sequences behind, which in a database that has lived they are not.
            with connection.cursor() as cursor:
                for statement in connection.ops.sequence_reset_sql(no_style(), written):
                    cursor.execute(statement)
    except DatabaseError as error:
        raise Refused(label, row, error) from None


def create_unmigrated(connection: BaseDatabaseWrapper, app_labels: Sequence[str]) -> None:
    """Create the tables of apps without migrations, as `migrate --run-syncdb` and Django's test runner do first."""
    with connection.schema_editor() as editor:
        for app_label in app_labels:
            config = global_apps.get_app_config(app_label)
            for model in router.get_migratable_models(config, connection.alias):
                if model._meta.can_migrate(connection):
                    editor.create_model(model)


def tables_of(apps: StateApps) -> dict[str, type[models.Model]]:
    """Give the models that have a table of their own in the state, join tables too, by label."""
    found = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    return {
        label: model
        for label, model in sorted(found.items())
        if model._meta.managed and not model._meta.proxy and label != LAZY
    }


def key_columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.pk_fields]


def rows_of(connection: BaseDatabaseWrapper, model: type[models.Model]) -> Rows:
    """Give the rows of a model by key."""
    rows = model._base_manager.using(connection.alias).order_by("pk").values()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def snapshot(connection: BaseDatabaseWrapper, apps: StateApps) -> Snapshot:
    """Give the rows of every table."""
    tables = tables_of(apps)
    filled = set(filled_tables(connection, apps))
    return {
        label: rows_of(connection, model) if model._meta.db_table in filled else [] for label, model in tables.items()
    }


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def filled_tables(connection: BaseDatabaseWrapper, apps: StateApps) -> list[str]:
    """Give the tables that have rows. Most have none, and asking many at once is far quicker than reading each."""
    names = [model._meta.db_table for model in tables_of(apps).values()]
    found: list[str] = []
    with connection.cursor() as cursor:
        for some in (names[at : at + 500] for at in range(0, len(names), 500)):
            asked = ", ".join(f"EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})" for name in some)
            cursor.execute(f"SELECT {asked}")
            found += [name for name, there in zip(some, cursor.fetchone(), strict=True) if there]
    return found


def empty(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> None:
    """Delete every row of some tables."""
    if tables:
        statements = connection.ops.sql_flush(no_style(), tables, reset_sequences=True, allow_cascade=True)
        connection.ops.execute_sql_flush(statements)
