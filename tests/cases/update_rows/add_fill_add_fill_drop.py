# --- shop/migrations/0002_add_fill_add_fill_drop_schema.py
# Compiled by migspec from shop/migspecs/add_fill_add_fill_drop.yaml, steps 1 to 3. Change the spec, not this file.
# spec c10a01d98de3, file 1 of 3, code 80058c14b8b2

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="product", name="cents", field=models.IntegerField(null=True)
        ),
        # So that rolling back can add Product.price before it has values.
        migrations.AlterField(
            model_name="product",
            name="price",
            field=models.DecimalField(decimal_places=2, max_digits=10, null=True),
        ),
        migrations.AddField(
            model_name="product",
            name="sold_in",
            field=models.CharField(max_length=3, null=True),
        ),
    ]

# --- shop/migrations/0003_add_fill_add_fill_drop_data.py
# Compiled by migspec from shop/migspecs/add_fill_add_fill_drop.yaml, steps 2, 4. Change the spec, not this file.
# spec c10a01d98de3, file 2 of 3, code b4d3143f25e6

import logging
import time
from decimal import Decimal

from django.db import connections, migrations, models, router, transaction
from django.db.models import F
from django.db.models.functions import Cast

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_product_cents(apps, schema_editor):
    """The price in cents."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.update(cents=Cast(F("price") * 100, models.IntegerField()))


def backwards_product_cents(apps, schema_editor):
    """Set Product.price to an expression."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.update(
                price=Cast(
                    F("cents"), models.DecimalField(max_digits=10, decimal_places=2)
                )
                * Decimal("0.01")
            )


def forwards_product_sold_in(apps, schema_editor):
    """What the currency was is where the product is sold."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.update(sold_in=F("currency"))


def backwards_product_sold_in(apps, schema_editor):
    """Set Product.currency from sold_in where sold_in is not NULL."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.filter(sold_in__isnull=False).update(currency=F("sold_in"))


def key_ranges(queryset, size=None, large_on=("sqlite",)):
    """Yield the rows of queryset in ranges of keys, up to the last there is now; quick ones grow.

    On the databases large_on they are large from the first: nobody there waits for what a range locks.
    """
    largest = size or 1_000_000
    if size is None:
        size = largest if connections[queryset.db].vendor in large_on else BATCH_SIZE
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    # Keys that are numbers tell without counting.
    few = isinstance(last, int) and last - first < size
    if few or (count := queryset.count()) <= size:
        yield queryset
        return
    low, done = None, 0
    while low != last:
        began = time.monotonic()
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        low, done = high, min(done + size, count)
        logger.info("%s: %d of %d rows", queryset.model._meta.label, done, count)
        if time.monotonic() - began < 1:
            size = min(2 * size, largest)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0002_add_fill_add_fill_drop_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_product_cents,
            backwards_product_cents,
            hints={"model_name": "product"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_product_sold_in,
            backwards_product_sold_in,
            hints={"model_name": "product"},
            elidable=True,
        ),
    ]

# --- shop/migrations/0004_add_fill_add_fill_drop_cleanup.py
# Compiled by migspec from shop/migspecs/add_fill_add_fill_drop.yaml, steps 5, 6. Change the spec, not this file.
# spec c10a01d98de3, file 3 of 3, code 1efb205bf0cd

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_add_fill_add_fill_drop_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="product", name="price"),
        migrations.RemoveField(model_name="product", name="currency"),
    ]
