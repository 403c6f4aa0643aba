# --- library/migrations/0002_pick_by_a_nullable_column_schema.py
# Compiled by migspec from library/migspecs/pick_by_a_nullable_column.yaml, step 1. Change the spec, not this file.
# spec 133a00048962, file 1 of 2, code 7f3c9d267bdb

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="last_back_from",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]

# --- library/migrations/0003_pick_by_a_nullable_column_data.py
# Compiled by migspec from library/migspecs/pick_by_a_nullable_column.yaml, step 2. Change the spec, not this file.
# spec 133a00048962, file 2 of 2, code bbe346989574

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
        ("library", "0002_pick_by_a_nullable_column_schema"),
    ]

    operations = [
        # Set Book.last_back_from from the Loan of each Book, the first by -returned_at,
        # -member_id, -id.
        # Nothing to undo: what is written here goes when its columns go.
        RunSQLOnMySQL(
            sql=[
                (
                    """
                    UPDATE `library_book`
                    SET `last_back_from_id` = (
                        SELECT `U0`.`member_id` AS `member_id`
                        FROM `library_loan` `U0`
                        WHERE `U0`.`book_id` = (`library_book`.`id`)
                        ORDER BY `U0`.`returned_at` DESC, 1 DESC, `U0`.`id` DESC
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS `a`
                        FROM `library_loan` `U0`
                        WHERE `U0`.`book_id` = (`library_book`.`id`)
                        LIMIT 1
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    """
                    UPDATE "library_book"
                    SET "last_back_from_id" = (
                        SELECT "U0"."member_id" AS "member_id"
                        FROM "library_loan" "U0"
                        WHERE "U0"."book_id" = ("library_book"."id")
                        ORDER BY
                            "U0"."returned_at" DESC NULLS LAST,
                            1 DESC,
                            "U0"."id" DESC
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_loan" "U0"
                        WHERE "U0"."book_id" = ("library_book"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    """
                    UPDATE "library_book"
                    SET "last_back_from_id" = (
                        SELECT "U0"."member_id" AS "member_id"
                        FROM "library_loan" "U0"
                        WHERE "U0"."book_id" = ("library_book"."id")
                        ORDER BY
                            "U0"."returned_at" DESC NULLS LAST,
                            1 DESC,
                            "U0"."id" DESC
                        LIMIT 1
                    )
                    WHERE EXISTS(
                        SELECT 1 AS "a"
                        FROM "library_loan" "U0"
                        WHERE "U0"."book_id" = ("library_book"."id")
                        LIMIT 1
                    )
                    """,
                    [],
                ),
            ],
            reverse_sql=migrations.RunSQL.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
