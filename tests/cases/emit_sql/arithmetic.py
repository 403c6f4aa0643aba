# --- library/migrations/0002_arithmetic_data.py
# Compiled by migspec from library/migspecs/arithmetic.yaml, step 1. Change the spec, not this file.
# spec be33fb6f68e0, file 1 of 1, code 9e9f144b230b

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
        ("library", "0001_initial"),
    ]

    operations = [
        # Count the four pages of the cover too.
        RunSQLOnMySQL(
            sql=[
                "START TRANSACTION",
                (
                    "UPDATE `library_book` SET `pages` = (`library_book`.`pages` + %s)",
                    [4],
                ),
                (
                    """
                    INSERT INTO django_migrations (app, name, applied)
                    VALUES (%s, %s, UTC_TIMESTAMP(6))
                    """,
                    ["library", "0002_arithmetic_data"],
                ),
                "COMMIT",
            ],
            reverse_sql=[
                "START TRANSACTION",
                (
                    "UPDATE `library_book` SET `pages` = (`library_book`.`pages` - %s)",
                    [4],
                ),
                (
                    "DELETE FROM django_migrations WHERE app = %s AND name = %s",
                    ["library", "0002_arithmetic_data"],
                ),
                "COMMIT",
            ],
            hints={"model_name": "book"},
            elidable=True,
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    'UPDATE "library_book" SET "pages" = ("library_book"."pages" + %s)',
                    [4],
                ),
            ],
            reverse_sql=[
                (
                    'UPDATE "library_book" SET "pages" = ("library_book"."pages" - %s)',
                    [4],
                ),
                (
                    "DELETE FROM django_migrations WHERE app = %s AND name = %s",
                    ["library", "0002_arithmetic_data"],
                ),
            ],
            hints={"model_name": "book"},
            elidable=True,
        ),
        RunSQLOnSQLite(
            sql=[
                (
                    'UPDATE "library_book" SET "pages" = ("library_book"."pages" + %s)',
                    [4],
                ),
            ],
            reverse_sql=[
                (
                    'UPDATE "library_book" SET "pages" = ("library_book"."pages" - %s)',
                    [4],
                ),
                (
                    "DELETE FROM django_migrations WHERE app = %s AND name = %s",
                    ["library", "0002_arithmetic_data"],
                ),
            ],
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
