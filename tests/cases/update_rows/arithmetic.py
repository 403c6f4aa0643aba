# --- library/migrations/0002_arithmetic_data.py
# Compiled by migspec from library/migspecs/arithmetic.yaml, step 1. Change the spec, not this file.
# spec f8842515cb2f, file 1 of 2, code 540e973fd2f4

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

# --- library/migrations/0003_arithmetic_data_2.py
# Compiled by migspec from library/migspecs/arithmetic.yaml, step 2. Change the spec, not this file.
# spec f8842515cb2f, file 2 of 2, code 2d7cb514b07b

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F


def forwards(apps, schema_editor):
    """Leave room between the positions."""
    Contribution = apps.get_model("library", "Contribution")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Contribution):
        return

    contributions = Contribution._base_manager.using(alias)

    # One transaction: the new position is computed from what is written, so a
    # second run would change it again.
    contributions.update(position=F("position") * 10)
    record_applied(connection, "library", "0003_arithmetic_data_2")


def backwards(apps, schema_editor):
    """Set Contribution.position to F('position') / 10."""
    Contribution = apps.get_model("library", "Contribution")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Contribution):
        return

    contributions = Contribution._base_manager.using(alias)

    # One transaction: the new position is computed from what is written, so a
    # second run would change it again.
    contributions.update(position=F("position") / 10)
    record_unapplied(connection, "library", "0003_arithmetic_data_2")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_arithmetic_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "contribution"}, elidable=True
        ),
    ]
