# Compiled by migspec from orders/migspecs/token_and_status.yaml, steps 2, 5. Change the spec, not this file.
# spec 27db7c71544b, file 2 of 3, code 8a1d1c931397

import logging
import uuid

from django.db import connections, migrations, router, transaction
from django.db.models import Case, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
STATUS_BY_CODE = {
    1: "new",
    2: "paid",
    3: "shipped",
}
CODE_BY_STATUS = {new: old for old, new in STATUS_BY_CODE.items()}


def forwards_order_token(apps, schema_editor):
    """Set Order.token to uuid.uuid4(), called for each row where token is NULL."""
    Order = apps.get_model("orders", "Order")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(orders, size=10_000):
        rows = list(page.filter(token__isnull=True).only("pk"))
        for order in rows:
            order.token = uuid.uuid4()
        with transaction.atomic(using=alias):
            update_each(connection, Order, ["token"], rows)


def forwards_order_status(apps, schema_editor):
    """Set Order.status by the value of code."""
    Order = apps.get_model("orders", "Order")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)
    status = Case(
        *(When(code=old, then=Value(new)) for old, new in STATUS_BY_CODE.items())
    )

    unmapped = orders.exclude(code__in=STATUS_BY_CODE).order_by("code")
    if values := list(unmapped.values_list("code", flat=True).distinct()[:5]):
        raise ValueError(
            "orders/migspecs/token_and_status.yaml:21: the map of "
            f"Order.status does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(orders):
        with transaction.atomic(using=alias):
            page.filter(code__in=STATUS_BY_CODE).update(status=status)


def backwards_order_status(apps, schema_editor):
    """Set Order.code by the value of status."""
    Order = apps.get_model("orders", "Order")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)
    code = Case(
        *(When(status=old, then=Value(new)) for old, new in CODE_BY_STATUS.items())
    )

    unmapped = orders.exclude(status__in=CODE_BY_STATUS).order_by("status")
    if values := list(unmapped.values_list("status", flat=True).distinct()[:5]):
        raise ValueError(
            "orders/migspecs/token_and_status.yaml:21: the map of "
            f"Order.code does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(orders):
        with transaction.atomic(using=alias):
            page.filter(status__in=CODE_BY_STATUS).update(code=code)


def key_ranges(queryset, size=None):
    """Yield the rows of queryset in ranges of keys, up to the last there is now."""
    if size is None:
        # SQLite has one writer at a time, and each range reads the table anew: short ones gain little.
        lite = connections[queryset.db].vendor == "sqlite"
        size = 1_000_000 if lite else BATCH_SIZE
    count = queryset.count()
    if count <= size:
        yield queryset
        return
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low, done = None, 0
    while low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        low, done = high, min(done + size, count)
        logger.info("%s: %d of %d rows", queryset.model._meta.label, done, count)


def update_each(connection, model, columns, rows):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)
    params = [
        [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in (*fields, *keys)
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {same}", params
        )


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
