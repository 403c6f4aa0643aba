# --- library/migrations/0002_kinds_schema.py
# Compiled by migspec from library/migspecs/kinds.yaml, steps 1, 2. Change the spec, not this file.
# spec 7e14887cd5fe, file 1 of 2, code ad50bbe7de86

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="book",
            index=models.Index(fields=["author", "-published"], name="book_author_idx"),
        ),
        migrations.AddIndex(
            model_name="book",
            index=models.Index(
                django.db.models.functions.text.Upper("title"), name="book_title_idx"
            ),
        ),
    ]

# --- library/migrations/0003_kinds_concurrent.py
# Compiled by migspec from library/migspecs/kinds.yaml, step 3. Change the spec, not this file.
# spec 7e14887cd5fe, file 2 of 2, code 7eb366953fd3

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class AddIndexConcurrentlyOnPostgreSQL(AddIndexConcurrently):
    """AddIndexConcurrently where the database is PostgreSQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_kinds_schema"),
    ]

    operations = [
        AddIndexConcurrentlyOnPostgreSQL(
            model_name="loan",
            index=models.Index(
                condition=models.Q(("returned_at", None)),
                fields=["due"],
                name="loan_open_idx",
            ),
        ),
    ]
