# --- library/migrations/0002_backfill_then_drop_schema.py
# Compiled by migspec from library/migspecs/backfill_then_drop.yaml, steps 1, 2. Change the spec, not this file.
# spec 1f2ac26e0c6f, file 1 of 3, code 6295e6f8a3e1

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book", name="abstract", field=models.TextField(null=True)
        ),
        # So that rolling back can add Book.summary before it has values.
        migrations.AlterField(
            model_name="book", name="summary", field=models.TextField(null=True)
        ),
    ]

# --- library/migrations/0003_backfill_then_drop_data.py
# Compiled by migspec from library/migspecs/backfill_then_drop.yaml, step 2. Change the spec, not this file.
# spec 1f2ac26e0c6f, file 2 of 3, code bdb14ef6d5af

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import F

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Book.abstract from summary."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(abstract=F("summary"))


def backwards(apps, schema_editor):
    """Set Book.summary from abstract."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(summary=F("abstract"))


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
        ("library", "0002_backfill_then_drop_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0004_backfill_then_drop_cleanup.py
# Compiled by migspec from library/migspecs/backfill_then_drop.yaml, steps 3, 4. Change the spec, not this file.
# spec 1f2ac26e0c6f, file 3 of 3, code 0af935e65a8b

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_backfill_then_drop_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book", name="abstract", field=models.TextField()
        ),
        migrations.RemoveField(model_name="book", name="summary"),
    ]
