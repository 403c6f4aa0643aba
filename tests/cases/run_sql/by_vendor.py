# --- library/migrations/0002_by_vendor_data.py
# Compiled by migspec from library/migspecs/by_vendor.yaml, step 1. Change the spec, not this file.
# spec 340411ef15b7, file 1 of 1, code a02f55690f08

from django.db import migrations


class RunSQLOnSQLite(migrations.RunSQL):
    """RunSQL where the database is SQLite; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


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


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # Everybody has an address.
        RunSQLOnSQLite(
            sql="UPDATE library_author SET email = first_name || '.' || last_name WHERE email IS NULL",
            reverse_sql="UPDATE library_author SET email = NULL WHERE email NOT LIKE '%@%'",
        ),
        RunSQLOnMySQL(
            sql="UPDATE library_author SET email = CONCAT(first_name, '.', last_name) WHERE email IS NULL",
            reverse_sql="UPDATE library_author SET email = NULL WHERE email NOT LIKE '%@%'",
        ),
        RunSQLOnPostgreSQL(
            sql=[
                (
                    "UPDATE library_author SET email = first_name || %s || last_name WHERE email IS NULL",
                    (".",),
                )
            ],
            reverse_sql="UPDATE library_author SET email = NULL WHERE email NOT LIKE '%@%'",
        ),
    ]
