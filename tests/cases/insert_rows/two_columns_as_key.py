# --- shop/migrations/0002_two_columns_as_key_data.py
# Compiled by migspec from shop/migspecs/two_columns_as_key.toml, step 1. Change the spec, not this file.
# spec ee5b56190418, file 1 of 1, code a1f2c35d5442

from django.db import migrations, router

CATEGORIES = [
    {"parent_id": 5, "name": "Poems", "position": 0},
    {"parent_id": 5, "name": "Plays", "position": 2},
]
CATEGORIES_2 = [
    {"parent_id": 5, "name": "Poems"},
    {"parent_id": 5, "name": "Plays", "position": 2},
]


def forwards(apps, schema_editor):
    """Insert 2 rows of Category, each unless its parent_id and name is there."""
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)
    there = set(
        categories.filter(
            parent_id__in=[row["parent_id"] for row in CATEGORIES],
            name__in=[row["name"] for row in CATEGORIES],
        ).values_list("parent_id", "name")
    )
    categories.bulk_create(
        [
            Category(**row)
            for row in CATEGORIES
            if (row["parent_id"], row["name"]) not in there
        ]
    )


def backwards(apps, schema_editor):
    """Delete the 2 rows of Category listed above.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column.
    """
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)

    for row in CATEGORIES_2:
        categories.filter(**row)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "category"}),
    ]
