# --- library/migrations/0002_arithmetic_data.py
# Compiled by migspec from library/migspecs/arithmetic.yaml, step 1. Change the spec, not this file.
# spec 9e99220b00de, file 1 of 1, code 2c40ea5506f0

from django.db import migrations, router
from django.db.models import F


def forwards(apps, schema_editor):
    """Count the four pages of the cover too."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new pages is computed from what is written, so a second
    # run would change it again.
    books.update(pages=F("pages") + 4)


def backwards(apps, schema_editor):
    """Set Book.pages to F('pages') - 4."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new pages is computed from what is written, so a second
    # run would change it again.
    books.update(pages=F("pages") - 4)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]
