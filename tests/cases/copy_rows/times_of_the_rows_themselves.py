# --- shop/migrations/0002_times_of_the_rows_themselves_schema.py
# Compiled by migspec from shop/migspecs/times_of_the_rows_themselves.yaml, step 1. Change the spec, not this file.
# spec d70c4f8014c2, file 1 of 2, code ec470f5fd151

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Visitor",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("came_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
        ),
    ]

# --- shop/migrations/0003_times_of_the_rows_themselves_data.py
# Compiled by migspec from shop/migspecs/times_of_the_rows_themselves.yaml, step 2. Change the spec, not this file.
# spec d70c4f8014c2, file 2 of 2, code 3ff3f6f98940

import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Customers came when they became customers."""
    Visitor = apps.get_model("shop", "Visitor")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Visitor):
        return

    customers = Customer._base_manager.using(alias)
    visitors = Visitor._base_manager.using(alias)
    came_at_field = Visitor._meta.get_field("came_at")
    came_at_field.auto_now_add = False  # the rows bring their own

    # One transaction: without a key, a second run would insert the rows again.
    for page in key_ranges(customers, size=10_000):
        found = page.values_list("name", "created_at")
        visitors.bulk_create(
            [Visitor(name=name, came_at=came_at) for name, came_at in found],
            batch_size=1_000,
        )

    record_applied(connection, "shop", "0003_times_of_the_rows_themselves_data")


def backwards(apps, schema_editor):
    """Delete every Visitor."""
    Visitor = apps.get_model("shop", "Visitor")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Visitor):
        return

    visitors = Visitor._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    visitors._raw_delete(alias)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0002_times_of_the_rows_themselves_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "visitor"}, elidable=True
        ),
    ]
