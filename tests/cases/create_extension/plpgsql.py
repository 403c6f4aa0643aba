# --- library/migrations/0002_plpgsql_schema.py
# Compiled by migspec from library/migspecs/plpgsql.yaml, step 1. Change the spec, not this file.
# spec d3e73687ae46, file 1 of 1, code f3783c703c48

from django.contrib.postgres.operations import CreateExtension
from django.db import migrations


class CreateExtensionOnPostgreSQL(CreateExtension):
    """CreateExtension where the database is PostgreSQL; elsewhere only the state changes."""

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
        CreateExtensionOnPostgreSQL(name="plpgsql"),
    ]
