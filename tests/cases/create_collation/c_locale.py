# --- library/migrations/0002_c_locale_schema.py
# Compiled by migspec from library/migspecs/c_locale.yaml, step 1. Change the spec, not this file.
# spec 519b4e0661f5, file 1 of 1, code 3350c64cc611

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
