# --- shop/migrations/0002_same_model_as_source_data.py
# Compiled by migspec from shop/migspecs/same_model_as_source.yaml, step 1. Change the spec, not this file.
# spec c53821645e2f, file 1 of 1, code b00b5a73018b

from django.db import migrations, router
from django.db.models import Exists, OuterRef, Subquery


def forwards(apps, schema_editor):
    """A category without a position stands where its parent stands."""
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
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


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "category"}, elidable=True
        ),
    ]
