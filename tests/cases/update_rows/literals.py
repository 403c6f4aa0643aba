# --- shop/migrations/0002_literals_schema.py
# Compiled by migspec from shop/migspecs/literals.yaml, steps 1 to 6. Change the spec, not this file.
# spec d1cb7d2630d0, file 1 of 2, code 01cbd1142b45

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="checked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="product", name="lasts", field=models.DurationField(null=True)
        ),
        migrations.AddField(
            model_name="product", name="batch", field=models.UUIDField(null=True)
        ),
        migrations.AddField(
            model_name="product", name="since", field=models.DateField(null=True)
        ),
        migrations.AddField(
            model_name="product", name="opens", field=models.TimeField(null=True)
        ),
        migrations.AddField(
            model_name="product", name="weight", field=models.FloatField(null=True)
        ),
    ]

# --- shop/migrations/0003_literals_data.py
# Compiled by migspec from shop/migspecs/literals.yaml, steps 7, 8. Change the spec, not this file.
# spec d1cb7d2630d0, file 2 of 2, code 011478bbf4d9

import datetime
import logging
import time
import uuid
from decimal import Decimal

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_product_checked_at(apps, schema_editor):
    """Set Product.checked_at, lasts, batch, since, opens and weight."""
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
                checked_at=datetime.datetime(
                    2024, 2, 29, 11, 30, tzinfo=datetime.timezone.utc
                ),
                lasts=datetime.timedelta(days=3, seconds=14400),
                batch=uuid.UUID("6ba7b810-9dad-41d1-80b4-00c04fd430c8"),
                since=datetime.date(2024, 2, 29),
                opens=datetime.time(8, 30),
                weight=1.5,
            )


def forwards_product_attributes(apps, schema_editor):
    """Products without attributes or text get some.

    Rolling back changes no rows: the products were drafts.
    """
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.filter(attributes__isnull=True, description="").update(
                attributes={"colours": ["red", "blue"], "size": None, "on": True},
                description="% is \"quoted\" text, and 'so' is this\\",
                price=Decimal("9.90"),
                category_id=None,
            )


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
        ("shop", "0002_literals_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_product_checked_at,
            migrations.RunPython.noop,
            hints={"model_name": "product"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_product_attributes,
            migrations.RunPython.noop,
            hints={"model_name": "product"},
            elidable=True,
        ),
    ]
