# --- shop/migrations/0002_same_model_as_source_data.py
# Compiled by migspec from shop/migspecs/same_model_as_source.yaml, step 1. Change the spec, not this file.
# spec f7de34b2bbc7, file 1 of 1, code ff7c2bc321a6

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Subquery


def forwards(apps, schema_editor):
    """A category without a position stands where its parent stands."""
    Category = apps.get_model("shop", "Category")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)
    matching = Category._base_manager.using(alias).filter(id=OuterRef("parent_id"))

    # Rows read each other here, so all values are read before the first is written.
    rows = list(
        categories.filter(position=0)
        .filter(Exists(matching))
        .annotate(new_position=Subquery(matching.values("position")[:1]))
        .only("pk")
    )

    for category in rows:
        category.position = category.new_position

    # One transaction: it reads other rows of Category in columns that it writes.
    categories.bulk_update(rows, ["position"], batch_size=500)
    record_applied(connection, "shop", "0002_same_model_as_source_data")


def backwards(apps, schema_editor):
    """Set Category.position to 0 where parent_id is not NULL."""
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)

    # One transaction: the whole step is one, as it reads other rows of Category in
    # columns that it writes.
    categories.filter(parent_id__isnull=False).update(position=0)


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "category"}, elidable=True
        ),
    ]
