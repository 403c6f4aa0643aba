# --- library/migrations/0002_arithmetic_data.py
# Compiled by migspec from library/migspecs/arithmetic.yaml, step 1. Change the spec, not this file.
# spec 82ea5612f8bd, file 1 of 1, code 540e973fd2f4

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F


def forwards(apps, schema_editor):
    """Count the four pages of the cover too."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new pages is computed from what is written, so a second
    # run would change it again.
    books.update(pages=F("pages") + 4)
    record_applied(connection, "library", "0002_arithmetic_data")


def backwards(apps, schema_editor):
    """Set Book.pages to F('pages') - 4."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new pages is computed from what is written, so a second
    # run would change it again.
    books.update(pages=F("pages") - 4)
    record_unapplied(connection, "library", "0002_arithmetic_data")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]
