# --- shop/migrations/0002_rows_that_others_point_at_schema.py
# Compiled by migspec from shop/migspecs/rows_that_others_point_at.yaml, step 2. Change the spec, not this file.
# spec d331854448c0, file 1 of 3, code 39d037dd9dd7

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Shelf",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=20, unique=True)),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="shop.category",
                    ),
                ),
            ],
        ),
    ]

# --- shop/migrations/0003_rows_that_others_point_at_data.py
# Compiled by migspec from shop/migspecs/rows_that_others_point_at.yaml, step 1. Change the spec, not this file.
# spec d331854448c0, file 2 of 3, code da74376f82dc

from django.db import migrations, router

CATEGORIES = [
    {"name": "Games", "position": 1},
    {"name": "Maps", "position": 2},
]


def forwards(apps, schema_editor):
    """Insert 2 rows of Category, each unless its name and position is there."""
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
                name=row["name"], position=row["position"]
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
        ("shop", "0002_rows_that_others_point_at_schema"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "category"}),
    ]

# --- shop/migrations/0004_rows_that_others_point_at_data_2.py
# Compiled by migspec from shop/migspecs/rows_that_others_point_at.yaml, steps 3, 4. Change the spec, not this file.
# spec d331854448c0, file 3 of 3, code cf5702c53b10

from django.db import migrations, router
from django.db.models import Exists, OuterRef

CATEGORIES = [
    {"name": "Globes", "position": 3},
]
SHELFS = [
    {"label": "A1"},
]


def forwards_insert_category(apps, schema_editor):
    """Insert 1 row of Category, each unless its name and position is there."""
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
                name=row["name"], position=row["position"]
            ).exists()
        ]
    )


def backwards_insert_category(apps, schema_editor):
    """Delete the 1 row of Category listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Category = apps.get_model("shop", "Category")
    Shelf = apps.get_model("shop", "Shelf")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)
    shelfs = Shelf._base_manager.using(alias).filter(category_id=OuterRef("id"))

    for row in reversed(CATEGORIES):
        categories.filter(
            ~Exists(shelfs), **row, children__isnull=True, product__isnull=True
        )._raw_delete(alias)


def forwards_insert_shelf(apps, schema_editor):
    """Insert 1 row of Shelf, each unless its label is there."""
    Shelf = apps.get_model("shop", "Shelf")
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Shelf):
        return

    shelfs = Shelf._base_manager.using(alias)
    category = Category._base_manager.using(alias).filter(name="Maps", position=2)
    if (number := category.count()) != 1:
        raise ValueError(
            "shop/migspecs/rows_that_others_point_at.yaml:24: there must "
            "be one Category where name='Maps' and position=2; there are:"
            f" {number}"
        )

    rows = [
        {"label": "A1", "category_id": category.values_list("id", flat=True).get()},
    ]
    shelfs.bulk_create(
        [Shelf(**row) for row in rows if not shelfs.filter(label=row["label"]).exists()]
    )


def backwards_insert_shelf(apps, schema_editor):
    """Delete the 1 row of Shelf listed above."""
    Shelf = apps.get_model("shop", "Shelf")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Shelf):
        return

    shelfs = Shelf._base_manager.using(alias)

    for row in SHELFS:
        shelfs.filter(**row)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_rows_that_others_point_at_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards_insert_category,
            backwards_insert_category,
            hints={"model_name": "category"},
        ),
        migrations.RunPython(
            forwards_insert_shelf, backwards_insert_shelf, hints={"model_name": "shelf"}
        ),
    ]
