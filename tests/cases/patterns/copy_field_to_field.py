# --- shop/migrations/0002_copy_field_to_field_schema.py
# Compiled by migspec from shop/migspecs/copy_field_to_field.yaml, steps 1, 2. Change the spec, not this file.
# spec 4c1a6a4683cf, file 1 of 3, code 58e77bd326bd

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="title",
            field=models.CharField(default="", max_length=100),
        ),
        # So that rolling back can add Product.name before it has values.
        migrations.AlterField(
            model_name="product",
            name="name",
            field=models.CharField(max_length=100, null=True),
        ),
    ]

# --- shop/migrations/0003_copy_field_to_field_data.py
# Compiled by migspec from shop/migspecs/copy_field_to_field.yaml, step 2. Change the spec, not this file.
# spec 4c1a6a4683cf, file 2 of 3, code 62848bc771ca

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import F

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """The name of a product is its title."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.update(title=F("name"))


def backwards(apps, schema_editor):
    """Set Product.name from title."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.update(name=F("title"))


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
        ("shop", "0002_copy_field_to_field_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "product"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_copy_field_to_field_cleanup.py
# Compiled by migspec from shop/migspecs/copy_field_to_field.yaml, step 3. Change the spec, not this file.
# spec 4c1a6a4683cf, file 3 of 3, code 3772a3b1fbd7

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_copy_field_to_field_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="product", name="name"),
    ]
