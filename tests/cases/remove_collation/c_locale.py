# --- library/migrations/0002_c_locale_schema.py
# Compiled by migspec from library/migspecs/c_locale.yaml, step 1. Change the spec, not this file.
# spec b9250ab0ab1a, file 1 of 2, code 3350c64cc611

from django.contrib.postgres.operations import CreateCollation
from django.db import migrations


class CreateCollationOnPostgreSQL(CreateCollation):
    """CreateCollation where the database is PostgreSQL; elsewhere only the state changes."""

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
        CreateCollationOnPostgreSQL(name="plain", locale="C"),
    ]

# --- library/migrations/0003_c_locale_cleanup.py
# Compiled by migspec from library/migspecs/c_locale.yaml, step 2. Change the spec, not this file.
# spec b9250ab0ab1a, file 2 of 2, code 430904cff277

from django.contrib.postgres.operations import RemoveCollation
from django.db import migrations


class RemoveCollationOnPostgreSQL(RemoveCollation):
    """RemoveCollation where the database is PostgreSQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_c_locale_schema"),
    ]

    operations = [
        RemoveCollationOnPostgreSQL(name="plain", locale="C"),
    ]
