# --- shop/migrations/0002_other_table_name_schema.py
# Compiled by migspec from shop/migspecs/other_table_name.yaml, steps 1, 2. Change the spec, not this file.
# spec d8133f7546bc, file 1 of 2, code f0f71be83e05

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="state",
            field=models.CharField(max_length=10, null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="customer_name",
            field=models.CharField(max_length=100, null=True),
        ),
    ]

# --- shop/migrations/0003_other_table_name_data.py
# Compiled by migspec from shop/migspecs/other_table_name.yaml, step 3. Change the spec, not this file.
# spec d8133f7546bc, file 2 of 2, code 0f312523914e

import datetime
import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, OuterRef, Subquery, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
STATE_BY_STATUS = {
    0: "open",
    1: "paid",
    2: "sent",
}


def forwards(apps, schema_editor):
    """The state in words, and who ordered."""
    Order = apps.get_model("shop", "Order")
    Customer = apps.get_model("shop", "Customer")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)
    customer = Customer._base_manager.using(alias).filter(id=OuterRef("customer_id"))
    state = Case(
        *(When(status=old, then=Value(new)) for old, new in STATE_BY_STATUS.items()),
        default=Value("unknown"),
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(orders, size=2):
        with transaction.atomic(using=alias):
            page.filter(
                placed_at__gte=datetime.datetime(
                    2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc
                )
            ).update(state=state, customer_name=Subquery(customer.values("name")[:1]))


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
        ("shop", "0002_other_table_name_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards, migrations.RunPython.noop, hints={"target": "orders"}
        ),
    ]
