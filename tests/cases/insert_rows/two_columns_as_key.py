# --- shop/migrations/0002_two_columns_as_key_data.py
# Compiled by migspec from shop/migspecs/two_columns_as_key.toml, step 1. Change the spec, not this file.
# spec b96033986efb, file 1 of 2, code a00a09744312

from django.core.management.color import no_style
from django.db import migrations, router

CATEGORIES = [
    {"id": 5, "name": "Books"},
]


def forwards(apps, schema_editor):
    """Insert 1 row of Category, each unless its id is there."""
    Category = apps.get_model("shop", "Category")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)
    there = set(
        categories.filter(id__in=[row["id"] for row in CATEGORIES]).values_list(
            "id", flat=True
        )
    )
    categories.bulk_create(
        [Category(**row) for row in CATEGORIES if row["id"] not in there]
    )
    reset_sequences(connection, Category)


def backwards(apps, schema_editor):
    """Delete the 1 row of Category listed above, but for rows that others point at.

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


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "category"}),
    ]

# --- shop/migrations/0003_two_columns_as_key_data_2.py
# Compiled by migspec from shop/migspecs/two_columns_as_key.toml, step 2. Change the spec, not this file.
# spec b96033986efb, file 2 of 2, code d9f49fd835ce

from django.db import migrations, router

CATEGORIES = [
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
    categories.bulk_create(
        [
            Category(**row)
            for row in CATEGORIES
            if not categories.filter(
                parent_id=row["parent_id"], name=row["name"]
            ).exists()
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
        ("shop", "0002_two_columns_as_key_data"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "category"}),
    ]
