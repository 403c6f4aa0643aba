# --- library/migrations/0002_swap_status_data.py
# Compiled by migspec from library/migspecs/swap_status.yaml, step 1. Change the spec, not this file.
# spec ba7ab8192692, file 1 of 1, code f2d0d9e1bdd8

from django.db import migrations, router
from django.db.models import Case, Value, When

NEW_STATUS = {
    1: 3,
    3: 1,
}
NEW_STATUS_2 = {new: old for old, new in NEW_STATUS.items()}


def forwards(apps, schema_editor):
    """The codes of planned and out of print were mixed up."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    status = Case(
        *(When(status=old, then=Value(new)) for old, new in NEW_STATUS.items())
    )

    # One transaction: the new status is computed from what is written, so a second
    # run would change it again.
    books.filter(status__in=NEW_STATUS).update(status=status)


def backwards(apps, schema_editor):
    """Set Book.status by the value of status."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    status = Case(
        *(When(status=old, then=Value(new)) for old, new in NEW_STATUS_2.items())
    )

    # One transaction: the new status is computed from what is written, so a second
    # run would change it again.
    books.filter(status__in=NEW_STATUS_2).update(status=status)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]
