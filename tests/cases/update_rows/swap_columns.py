# --- library/migrations/0002_swap_columns_data.py
# Compiled by migspec from library/migspecs/swap_columns.yaml, step 1. Change the spec, not this file.
# spec 754b2c818a23, file 1 of 1, code 1d1a7c0b00bb

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F, OuterRef, Subquery


def forwards(apps, schema_editor):
    """An import mixed up the names."""
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)
    same_author = Author._base_manager.using(alias).filter(pk=OuterRef("pk"))

    # One transaction: the new first_name is computed from what is written, so a
    # second run would change it again.
    authors.filter(born__isnull=True).update(
        last_name=F("first_name"),
        first_name=Subquery(same_author.values("last_name")[:1]),
    )
    record_applied(connection, "library", "0002_swap_columns_data")


def backwards(apps, schema_editor):
    """Set Author.last_name and first_name where born is NULL."""
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)
    same_author = Author._base_manager.using(alias).filter(pk=OuterRef("pk"))

    # One transaction: the new last_name is computed from what is written, so a
    # second run would change it again.
    authors.filter(born__isnull=True).update(
        first_name=F("last_name"),
        last_name=Subquery(same_author.values("first_name")[:1]),
    )
    record_unapplied(connection, "library", "0002_swap_columns_data")


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
            forwards, backwards, hints={"model_name": "author"}, elidable=True
        ),
    ]
