# --- library/migrations/0002_value_mapping_with_a_swap_data.py
# Compiled by migspec from library/migspecs/value_mapping_with_a_swap.yaml, step 1. Change the spec, not this file.
# spec 2e1b0c5e1ba0, file 1 of 1, code 77aaf21e0d46

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Case, Value, When

NEW_STATUS = {
    1: 3,
    3: 1,
}


def forwards(apps, schema_editor):
    """The codes of planned and out of print were mixed up."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    status = Case(
        *(When(status=old, then=Value(new)) for old, new in NEW_STATUS.items())
    )

    # One transaction: the new status is computed from what is written, so a second
    # run would change it again.
    books.filter(status__in=NEW_STATUS).update(status=status)
    record_applied(connection, "library", "0002_value_mapping_with_a_swap_data")


def backwards(apps, schema_editor):
    """Set Book.status by the value of status."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    status = Case(
        *(When(status=old, then=Value(new)) for old, new in NEW_STATUS.items())
    )

    # One transaction: the new status is computed from what is written, so a second
    # run would change it again.
    books.filter(status__in=NEW_STATUS).update(status=status)
    record_unapplied(connection, "library", "0002_value_mapping_with_a_swap_data")


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
