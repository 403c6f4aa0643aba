# --- library/migrations/0002_pull_over_a_relation_schema.py
# Compiled by migspec from library/migspecs/pull_over_a_relation.yaml, steps 1, 2. Change the spec, not this file.
# spec 11ffed718e42, file 1 of 2, code ee1e761c3ce1

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="city",
            field=models.CharField(max_length=60, null=True),
        ),
        migrations.AddField(
            model_name="book",
            name="list_price",
            field=models.DecimalField(decimal_places=2, max_digits=8, null=True),
        ),
    ]

# --- library/migrations/0003_pull_over_a_relation_data.py
# Compiled by migspec from library/migspecs/pull_over_a_relation.yaml, step 3. Change the spec, not this file.
# spec 11ffed718e42, file 2 of 2, code 82d5e54eb4d8

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import F, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Copy the publisher's city and the price of each book."""
    Book = apps.get_model("library", "Book")
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    publisher = Publisher._base_manager.using(alias).filter(id=OuterRef("publisher_id"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(
                city=Subquery(publisher.values("city")[:1]), list_price=F("price")
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
        ("library", "0002_pull_over_a_relation_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
