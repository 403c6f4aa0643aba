# --- library/migrations/0002_upsert_data.py
# Compiled by migspec from library/migspecs/upsert.yaml, step 1. Change the spec, not this file.
# spec 71ae4902f6e5, file 1 of 1, code d69043d1028f

from django.db import migrations, router

TAGS = [
    {"slug": "new", "label": "Just in"},
    {"slug": "old", "label": "Second hand"},
]


def forwards(apps, schema_editor):
    """Insert or update 2 rows of Tag by slug.

    Rolling back changes no rows: the tags do no harm.
    """
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    for row in TAGS:
        if not tags.filter(slug=row["slug"]).update(**row):
            tags.create(**row)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, migrations.RunPython.noop, hints={"model_name": "tag"}
        ),
    ]
