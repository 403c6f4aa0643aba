# --- library/migrations/0002_columns_of_the_source_schema.py
# Compiled by migspec from library/migspecs/columns_of_the_source.yaml, steps 1 to 3. Change the spec, not this file.
# spec 549958797fc6, file 1 of 4, code e563ef131d66

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="AddedAuthor",
                    fields=[
                        (
                            "last_name",
                            models.CharField(max_length=50, primary_key=True),
                        ),
                    ],
                    options={
                        "db_table": "library_columns_of_the_source_1_added_author"
                    },
                ),
            ]
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
            ],
        ),
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="KeptPublisher",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("city", models.CharField(max_length=60)),
                    ],
                    options={
                        "db_table": "library_columns_of_the_source_3_kept_publisher"
                    },
                ),
            ]
        ),
    ]

# --- library/migrations/0003_columns_of_the_source_data.py
# Compiled by migspec from library/migspecs/columns_of_the_source.yaml, step 1. Change the spec, not this file.
# spec 549958797fc6, file 2 of 4, code 0ad676d7a813

import logging
import time

from django.apps.registry import Apps
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class AddedAuthor(models.Model):
    """The keys of the rows that are added to Author."""

    last_name = models.CharField(max_length=50, primary_key=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_columns_of_the_source_1_added_author"


def forwards(apps, schema_editor):
    """Insert an Author for each Publisher where country='NO'."""
    Author = apps.get_model("library", "Author")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    publishers = Publisher._base_manager.using(alias)
    authors = Author._base_manager.using(alias)
    there = authors.filter(last_name=OuterRef("name"))
    added_authors = AddedAuthor._base_manager.using(alias)
    kept = added_authors.filter(last_name=OuterRef("name"))

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(publishers, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            rows = page.filter(country="NO").exclude(Exists(there))
            insert_select(
                connection,
                AddedAuthor,
                {"last_name": "name"},
                rows.exclude(Exists(kept)),
            )
            insert_select(
                connection, Author, {"first_name": "city", "last_name": "name"}, rows
            )


def backwards(apps, schema_editor):
    """Delete the added rows of Author."""
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return
    check_kept(connection, AddedAuthor, "library/migspecs/columns_of_the_source.yaml:7")

    authors = Author._base_manager.using(alias)
    added_authors = AddedAuthor._base_manager.using(alias)
    added_author = AddedAuthor._base_manager.using(alias).filter(
        last_name=OuterRef("last_name")
    )

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(authors, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(Exists(added_author))._raw_delete(alias)
            check_foreign_keys(connection)

    added_authors._raw_delete(alias)


def key_ranges(queryset, size=None, large_on=("sqlite",)):
    """Yield the rows of queryset in ranges of keys, up to the last there is now; quick ones grow.

    On the databases large_on they are large from the first: nobody there waits for what a range locks.
    """
    largest = size or 1_000_000
    if size is None:
        size = largest if connections[queryset.db].vendor in large_on else BATCH_SIZE
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    # Keys that are numbers tell how many there may be without counting.
    total = last - first + 1 if isinstance(last, int) else queryset.count()
    if total <= size:
        yield queryset
        return
    done, following = 0, list(keys[:10])
    while following:
        began = time.monotonic()
        low = following[0]
        # Where few numbers seem to be missing, none are counted: that reads every row.
        if isinstance(low, int) and following[-1] - low <= 4 * len(following):
            high = min(low + size - 1, last)
        else:
            rest = keys.filter(pk__gte=low, pk__lte=last)
            high = next(iter(rest[size - 1 : size]), last)
        done = high - first + 1 if isinstance(high, int) else min(done + size, total)
        yield queryset.filter(pk__gte=low, pk__lte=high)
        logger.info("%s: %d of %d keys", queryset.model._meta.label, done, total)
        following = list(keys.filter(pk__gt=high, pk__lte=last)[:10])
        if time.monotonic() - began < 2:
            size = min(2 * size, largest)


def check_kept(connection, kept, step):
    """Stop where there is no side table: a migration that was only faked has not made it."""
    if kept._meta.db_table not in connection.introspection.table_names():
        raise RuntimeError(
            f"{step}: what it kept is not there, in table {kept._meta.db_table}"
        )


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    query = rows.order_by().values_list(*columns.values()).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_columns_of_the_source_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "author"}, elidable=True
        ),
    ]

# --- library/migrations/0004_columns_of_the_source_data_2.py
# Compiled by migspec from library/migspecs/columns_of_the_source.yaml, step 3. Change the spec, not this file.
# spec 549958797fc6, file 3 of 4, code 3c7d919b03c8

from django.db import migrations


class RunSQLOnMySQL(migrations.RunSQL):
    """RunSQL where the database is MySQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "mysql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "mysql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class RunSQLOnPostgreSQL(migrations.RunSQL):
    """RunSQL where the database is PostgreSQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class RunSQLOnSQLite(migrations.RunSQL):
    """RunSQL where the database is SQLite; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_columns_of_the_source_data"),
    ]

    operations = [
        # Insert a Place for each Publisher.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    """
                    INSERT INTO `library_columns_of_the_source_3_kept_publisher` (`id`, `city`)
                    SELECT
                        `library_publisher`.`id` AS `id`,
                        `library_publisher`.`city` AS `city`
                    FROM `library_publisher`
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS `a`
                            FROM `library_columns_of_the_source_3_kept_publisher` `U0`
                            WHERE `U0`.`id` = (`library_publisher`.`id`)
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                (
                    """
                    INSERT INTO `library_place` (`name`)
                    SELECT DISTINCT UPPER(`library_publisher`.`city`) AS `upper1`
                    FROM `library_publisher`
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS `a`
                            FROM `library_place` `U0`
                            WHERE `U0`.`name` = (UPPER(`library_publisher`.`city`))
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                (
                    """
                    INSERT INTO django_migrations (app, name, applied)
                    VALUES (%s, %s, UTC_TIMESTAMP(6))
                    """,
                    ["library", "0004_columns_of_the_source_data_2"],
                ),
                "COMMIT",
            ],
            reverse_sql=[
                "START TRANSACTION",
                (
                    """
                    UPDATE `library_publisher`
                    SET `city` = (
                        SELECT `U0`.`city` AS `city`
                        FROM `library_columns_of_the_source_3_kept_publisher` `U0`
                        WHERE `U0`.`id` = (`library_publisher`.`id`)
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS `a`
                        FROM `library_columns_of_the_source_3_kept_publisher` `U0`
                        WHERE `U0`.`id` = (`library_publisher`.`id`)
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ("DELETE FROM `library_place`", []),
                ("DELETE FROM `library_columns_of_the_source_3_kept_publisher`", []),
                "COMMIT",
            ],
            hints={"model_name": "place"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    INSERT INTO "library_columns_of_the_source_3_kept_publisher" ("id", "city")
                    SELECT
                        "library_publisher"."id" AS "id",
                        "library_publisher"."city" AS "city"
                    FROM "library_publisher"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_columns_of_the_source_3_kept_publisher" "U0"
                            WHERE "U0"."id" = ("library_publisher"."id")
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                (
                    """
                    INSERT INTO "library_place" ("name")
                    SELECT DISTINCT UPPER("library_publisher"."city") AS "upper1"
                    FROM "library_publisher"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_place" "U0"
                            WHERE "U0"."name" = (UPPER("library_publisher"."city"))
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=[
                (
                    """
                    UPDATE "library_publisher"
                    SET "city" = (
                        SELECT "U0"."city" AS "city"
                        FROM "library_columns_of_the_source_3_kept_publisher" "U0"
                        WHERE "U0"."id" = ("library_publisher"."id")
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_columns_of_the_source_3_kept_publisher" "U0"
                        WHERE "U0"."id" = ("library_publisher"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_place"', []),
                ('DELETE FROM "library_columns_of_the_source_3_kept_publisher"', []),
            ],
            hints={"model_name": "place"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    INSERT INTO "library_columns_of_the_source_3_kept_publisher" ("id", "city")
                    SELECT
                        "library_publisher"."id" AS "id",
                        "library_publisher"."city" AS "city"
                    FROM "library_publisher"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_columns_of_the_source_3_kept_publisher" "U0"
                            WHERE "U0"."id" = ("library_publisher"."id")
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
                (
                    """
                    INSERT INTO "library_place" ("name")
                    SELECT DISTINCT UPPER("library_publisher"."city") AS "upper1"
                    FROM "library_publisher"
                    WHERE NOT (
                        EXISTS(
                            SELECT 1 AS "a"
                            FROM "library_place" "U0"
                            WHERE "U0"."name" = (UPPER("library_publisher"."city"))
                            LIMIT 1
                        )
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=[
                (
                    """
                    UPDATE "library_publisher"
                    SET "city" = (
                        SELECT "U0"."city" AS "city"
                        FROM "library_columns_of_the_source_3_kept_publisher" "U0"
                        WHERE "U0"."id" = ("library_publisher"."id")
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_columns_of_the_source_3_kept_publisher" "U0"
                        WHERE "U0"."id" = ("library_publisher"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
                ('DELETE FROM "library_place"', []),
                ('DELETE FROM "library_columns_of_the_source_3_kept_publisher"', []),
            ],
            hints={"model_name": "place"},
            elidable=True,
        ),
    ]

# --- library/migrations/0005_columns_of_the_source_cleanup.py
# Compiled by migspec from library/migspecs/columns_of_the_source.yaml, step 4. Change the spec, not this file.
# spec 549958797fc6, file 4 of 4, code ad4bf3552277

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_columns_of_the_source_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="publisher", name="city"),
    ]
