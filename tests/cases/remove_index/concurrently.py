# --- library/migrations/0002_concurrently_cleanup.py
# Compiled by migspec from library/migspecs/concurrently.yaml, step 2. Change the spec, not this file.
# spec 88971e8842c4, file 1 of 2, code 56bb15daf53a

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="author", name="author_name_idx"),
    ]

# --- library/migrations/0003_concurrently_concurrent.py
# Compiled by migspec from library/migspecs/concurrently.yaml, step 1. Change the spec, not this file.
# spec 88971e8842c4, file 2 of 2, code 28ccbed0dd11

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class RemoveIndexConcurrentlyOnPostgreSQL(RemoveIndexConcurrently):
    """RemoveIndexConcurrently where the database is PostgreSQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_concurrently_cleanup"),
    ]

    operations = [
        RemoveIndexConcurrentlyOnPostgreSQL(model_name="book", name="book_status_idx"),
    ]
