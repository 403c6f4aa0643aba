# --- library/migrations/0002_one_vendor_data.py
# Compiled by migspec from library/migspecs/one_vendor.yaml, step 1. Change the spec, not this file.
# spec ae60d4fd481c, file 1 of 1, code f96e6b29e7f8

from django.db import migrations, router
from django.db.models.functions import Lower


def forwards(apps, schema_editor):
    """Only PostgreSQL compared labels by case.

    Rolling back changes no rows: case does not matter.
    """
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One transaction: the new label is computed from what is written, so a second
    # run would change it again.
    tags.update(label=Lower("label"))


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]
