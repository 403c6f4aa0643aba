# --- shop/migrations/0002_over_a_relation_data.py
# Compiled by migspec from shop/migspecs/over_a_relation.yaml, step 1. Change the spec, not this file.
# spec 3e38a04db2c6, file 1 of 1, code f34bf6125ed5

import logging

from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Lines of products that are no longer sold, in orders that were not paid.

    It cannot be rolled back: the quantities are not kept.
    """
    OrderLine = apps.get_model("shop", "OrderLine")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, OrderLine):
        return

    order_lines = OrderLine._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(order_lines):
        with transaction.atomic(using=alias):
            page.filter(product__active=False, order__status=0).delete()


def key_ranges(queryset, size=BATCH_SIZE):
    """Yield the rows of queryset in ranges of keys, up to the last that is there now."""
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low = None
    while last is not None and low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        logger.info("%s: done up to %s", queryset.model._meta.label, high)
        low = high


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, hints={"model_name": "orderline"}, elidable=True
        ),
    ]
