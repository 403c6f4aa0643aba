# --- shop/migrations/0002_seed_a_tree_data.py
# Compiled by migspec from shop/migspecs/seed_a_tree.yaml, step 1. Change the spec, not this file.
# spec 0c9230867206, file 1 of 2, code d7154eff828e

from django.db import migrations, router

CATEGORIES = [
    {"name": "Books", "position": 0},
    {"name": "Toys", "position": 1},
]


def forwards(apps, schema_editor):
    """The top of the tree."""
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)
    categories.bulk_create(
        [
            Category(**row)
            for row in CATEGORIES
            if not categories.filter(name=row["name"]).exists()
        ]
    )


def backwards(apps, schema_editor):
    """Delete the 2 rows of Category listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)

    for row in reversed(CATEGORIES):
        categories.filter(
            **row, children__isnull=True, product__isnull=True
        )._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "category"}),
    ]

# --- shop/migrations/0003_seed_a_tree_data_2.py
# Compiled by migspec from shop/migspecs/seed_a_tree.yaml, step 2. Change the spec, not this file.
# spec 0c9230867206, file 2 of 2, code a8e1b5fe1858

from django.db import migrations, router

CATEGORIES = [
    {"name": "Novels", "position": 0},
    {"name": "Atlases", "position": 1},
]


def forwards(apps, schema_editor):
    """Kinds of books."""
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)
    category = Category._base_manager.using(alias).filter(
        name="Books", parent_id__isnull=True
    )
    if (number := category.count()) != 1:
        raise ValueError(
            "shop/migspecs/seed_a_tree.yaml:14: there must be one "
            "Category where name='Books' and parent_id is NULL; there "
            f"are: {number}"
        )

    rows = [
        {
            "name": "Novels",
            "position": 0,
            "parent_id": category.values_list("id", flat=True).get(),
        },
        {
            "name": "Atlases",
            "position": 1,
            "parent_id": category.values_list("id", flat=True).get(),
        },
    ]
    categories.bulk_create(
        [
            Category(**row)
            for row in rows
            if not categories.filter(name=row["name"]).exists()
        ]
    )


def backwards(apps, schema_editor):
    """Delete the 2 rows of Category listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    name, position, and no other row points at it.
    """
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)

    for row in reversed(CATEGORIES):
        categories.filter(
            **row, children__isnull=True, product__isnull=True
        )._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0002_seed_a_tree_data"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "category"}),
    ]
