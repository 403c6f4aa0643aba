# --- shop/migrations/0002_foreign_keys_and_given_ids_data.py
# Compiled by migspec from shop/migspecs/foreign_keys_and_given_ids.yaml, steps 1, 2. Change the spec, not this file.
# spec 8e2cc631341d, file 1 of 1, code dd68bd571a40

from decimal import Decimal

from django.core.management.color import no_style
from django.db import migrations, router

CATEGORIES = [
    {"id": 1, "name": "Books", "parent_id": None},
    {"id": 2, "name": "Novels", "parent_id": 1, "position": 1},
]
PRODUCTS = [
    {
        "sku": "gift",
        "name": "Gift card",
        "category_id": 1,
        "price": Decimal("100"),
        "attributes": {"amounts": [100, 200]},
    },
    {
        "sku": "bag",
        "name": "Bag",
        "category_id": None,
        "price": Decimal("5.5"),
        "active": False,
    },
]


def forwards_insert_category(apps, schema_editor):
    """The top of the tree."""
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


def backwards_insert_category(apps, schema_editor):
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


def forwards_insert_product(apps, schema_editor):
    """Insert 2 rows of Product, each unless its sku is there."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)
    products.bulk_create(
        [
            Product(**row)
            for row in PRODUCTS
            if not products.filter(sku=row["sku"]).exists()
        ]
    )


def backwards_insert_product(apps, schema_editor):
    """Delete the 2 rows of Product listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    for row in PRODUCTS:
        products.filter(**row, orderline__isnull=True)._raw_delete(alias)


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
        migrations.RunPython(
            forwards_insert_category,
            backwards_insert_category,
            hints={"model_name": "category"},
        ),
        migrations.RunPython(
            forwards_insert_product,
            backwards_insert_product,
            hints={"model_name": "product"},
        ),
    ]
