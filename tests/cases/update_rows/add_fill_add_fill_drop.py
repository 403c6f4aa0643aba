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
# spec c10a01d98de3, file 2 of 3, code 64c7c2eab90f

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
    # Keys that are numbers tell how many there may be without counting.
    total = last - first + 1 if isinstance(last, int) else queryset.count()
    if total <= size:
        yield queryset
        return
    done, following = 0, list(keys[:10])
    while following:
        began = time.monotonic()
        low = following[0]
        # Where few numbers seem to be missing, none are counted: that reads every row.
        if isinstance(low, int) and following[-1] - low <= 4 * len(following):
            high = min(low + size - 1, last)
        else:
            rest = keys.filter(pk__gte=low, pk__lte=last)
            high = next(iter(rest[size - 1 : size]), last)
        done = high - first + 1 if isinstance(high, int) else min(done + size, total)
        yield queryset.filter(pk__gte=low, pk__lte=high)
        logger.info("%s: %d of %d keys", queryset.model._meta.label, done, total)
        following = list(keys.filter(pk__gt=high, pk__lte=last)[:10])
        if time.monotonic() - began < 2:
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
