# --- library/migrations/0002_null_and_now_data.py
# Compiled by migspec from library/migspecs/null_and_now.toml, step 1. Change the spec, not this file.
# spec ca865eb428b9, file 1 of 2, code ca51fe1dc57c

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now


def forwards(apps, schema_editor):
    """Notes that say nothing, and loans of 2019 that nobody closed.

    Rolling back changes no rows: they were open by mistake.
    """
    Loan = apps.get_model("library", "Loan")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Loan):
        return

    loans = Loan._base_manager.using(alias)

    # One transaction: Now() gives another value each time.
    loans.filter(lent_at__year=2019, returned_at__isnull=True).update(
        note="", returned_at=Now()
    )
    record_applied(connection, "library", "0002_null_and_now_data")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            atomic=True,
            hints={"model_name": "loan"},
            elidable=True,
        ),
    ]

# --- library/migrations/0003_null_and_now_data_2.py
# Compiled by migspec from library/migspecs/null_and_now.toml, step 2. Change the spec, not this file.
# spec ca865eb428b9, file 2 of 2, code a5ea6f014ecb

from django.db import migrations, router


def forwards(apps, schema_editor):
    """A book of no pages has an unknown number of pages."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    books.filter(pages=0).update(pages=None)


def backwards(apps, schema_editor):
    """Set Book.pages to 0 where pages is NULL."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    books.filter(pages__isnull=True).update(pages=0)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_null_and_now_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]
