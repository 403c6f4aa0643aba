# --- library/migrations/0002_seed_with_key_data.py
# Compiled by migspec from library/migspecs/seed_with_key.yaml, step 1. Change the spec, not this file.
# spec 211248f17a50, file 1 of 1, code 7428aaa8a370

from django.db import migrations, router

TAGS = [
    {"slug": "poem", "label": "Poem"},
    {"slug": "novel", "label": "Novel"},
    {"slug": "essay", "label": "Essay & more"},
]


def forwards(apps, schema_editor):
    """The tags that every library has."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)
    tags.bulk_create(
        [Tag(**row) for row in TAGS if not tags.filter(slug=row["slug"]).exists()]
    )


def backwards(apps, schema_editor):
    """Delete the 3 rows of Tag listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    for row in TAGS:
        tags.filter(**row, book__isnull=True)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "tag"}),
    ]
