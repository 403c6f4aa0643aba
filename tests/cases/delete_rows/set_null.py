# --- library/migrations/0002_set_null_data.py
# Compiled by migspec from library/migspecs/set_null.yaml, step 1. Change the spec, not this file.
# spec 88cf399cdaaa, file 1 of 1, code 37b30f447826

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Q

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
PUBLISHERS = [
    {"name": "test publisher", "city": ""},
]


def forwards(apps, schema_editor):
    """Delete the rows of Publisher that the condition selects."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(publishers, size=500):
        with transaction.atomic(using=alias):
            page.filter(Q(name__startswith="test") | Q(city="Nowhere")).delete()


def backwards(apps, schema_editor):
    """Insert 1 row of Publisher, each unless its name is there."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    publishers.bulk_create(
        [
            Publisher(**row)
            for row in PUBLISHERS
            if not publishers.filter(name=row["name"]).exists()
        ]
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
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"reason": "tidy"}, elidable=True
        ),
    ]
