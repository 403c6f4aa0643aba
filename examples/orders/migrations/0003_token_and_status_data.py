# Compiled by migspec from orders/migspecs/token_and_status.yaml, steps 2, 5. Change the spec, not this file.
# spec 27db7c71544b, file 2 of 3, code 4155c0b41023

import logging
import time
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

    unmapped = orders.alias(new_status=status).filter(new_status=None).order_by("code")
    if values := list(unmapped.values_list("code", flat=True).distinct()[:5]):
        raise ValueError(
            "orders/migspecs/token_and_status.yaml:21: the map of "
            f"Order.status does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(orders):
        with transaction.atomic(using=alias):
            page.update(status=status)


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

    unmapped = orders.alias(new_code=code).filter(new_code=None).order_by("status")
    if values := list(unmapped.values_list("status", flat=True).distinct()[:5]):
        raise ValueError(
            "orders/migspecs/token_and_status.yaml:21: the map of "
            f"Order.code does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(orders):
        with transaction.atomic(using=alias):
            page.update(code=code)


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


def update_each(connection, model, columns, rows, size=100):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)

    def saved(row, fields):
        return [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in fields
        ]

    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
            params = [saved(row, (*fields, *keys)) for row in rows]
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {same}", params)
            return
        # MySQL is sent each row's statement by itself, and waiting for it would take most of the time.
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            case = f"CASE{f' WHEN {same} THEN %s' * len(some)} END"
            sets = ", ".join(f"{quote(field.column)} = {case}" for field in fields)
            params = [
                value
                for field in fields
                for row in some
                for value in saved(row, (*keys, field))
            ]
            params += [value for row in some for value in saved(row, keys)]
            where = " OR ".join([f"({same})"] * len(some))
            cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", params)


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
