# Compiled by migspec from orders/migspecs/token_and_status.yaml, steps 2, 5. Change the spec, not this file.
# spec e1d1c094f95e, file 2 of 3, code 3d766a0aec3d

import logging
import uuid

from django.db import migrations, router, transaction
from django.db.models import Case, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000
STATUS_BY_CODE_ORDER_STATUS = {
    1: "new",
    2: "paid",
    3: "shipped",
}
CODE_BY_STATUS_ORDER_STATUS = {
    new: old for old, new in STATUS_BY_CODE_ORDER_STATUS.items()
}


def forwards_order_token(apps, schema_editor):
    """Set Order.token to uuid.uuid4(), called for each row where token is NULL."""
    Order = apps.get_model("orders", "Order")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(orders):
        rows = list(page.filter(token__isnull=True).only("pk"))
        for order in rows:
            order.token = uuid.uuid4()
        with transaction.atomic(using=alias):
            orders.bulk_update(rows, ["token"], batch_size=500)


def forwards_order_status(apps, schema_editor):
    """Set Order.status by the value of code."""
    Order = apps.get_model("orders", "Order")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)
    status = Case(
        *(
            When(code=old, then=Value(new))
            for old, new in STATUS_BY_CODE_ORDER_STATUS.items()
        )
    )

    unmapped = orders.exclude(code__in=STATUS_BY_CODE_ORDER_STATUS).order_by("code")
    if values := list(unmapped.values_list("code", flat=True).distinct()[:5]):
        raise ValueError(
            "orders/migspecs/token_and_status.yaml:21: the map of "
            f"Order.status does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(orders):
        with transaction.atomic(using=alias):
            page.filter(code__in=STATUS_BY_CODE_ORDER_STATUS).update(status=status)


def backwards_order_status(apps, schema_editor):
    """Set Order.code by the value of status."""
    Order = apps.get_model("orders", "Order")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)
    code = Case(
        *(
            When(status=old, then=Value(new))
            for old, new in CODE_BY_STATUS_ORDER_STATUS.items()
        )
    )

    unmapped = orders.exclude(status__in=CODE_BY_STATUS_ORDER_STATUS).order_by("status")
    if values := list(unmapped.values_list("status", flat=True).distinct()[:5]):
        raise ValueError(
            "orders/migspecs/token_and_status.yaml:21: the map of "
            f"Order.code does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(orders):
        with transaction.atomic(using=alias):
            page.filter(status__in=CODE_BY_STATUS_ORDER_STATUS).update(code=code)


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
        ("orders", "0002_token_and_status_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_order_token,
            migrations.RunPython.noop,
            hints={"model_name": "order"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_order_status,
            backwards_order_status,
            hints={"model_name": "order"},
            elidable=True,
        ),
    ]
