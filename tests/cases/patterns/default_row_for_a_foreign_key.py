# --- library/migrations/0002_default_row_for_a_foreign_key_data.py
# Compiled by migspec from library/migspecs/default_row_for_a_foreign_key.yaml, step 1. Change the spec, not this file.
# spec d2aa00f31949, file 1 of 3, code fbc4b32fec3f

from django.db import migrations, router

PUBLISHERS = [
    {"name": "Unknown", "city": "", "country": ""},
]


def forwards(apps, schema_editor):
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


def backwards(apps, schema_editor):
    """Delete the 1 row of Publisher listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    for row in PUBLISHERS:
        publishers.filter(**row, book__isnull=True)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "publisher"}),
    ]

# --- library/migrations/0003_default_row_for_a_foreign_key_data_2.py
# Compiled by migspec from library/migspecs/default_row_for_a_foreign_key.yaml, step 2. Change the spec, not this file.
# spec d2aa00f31949, file 2 of 3, code 93ea64f40244

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Book.publisher to the key of the Publisher whose name='Unknown' where
    publisher_id is NULL.
    """
    Book = apps.get_model("library", "Book")
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    publisher = Publisher._base_manager.using(alias).filter(name="Unknown")
    if (
        books.filter(publisher_id__isnull=True).exists()
        and (number := publisher.count()) != 1
    ):
        raise ValueError(
            "library/migspecs/default_row_for_a_foreign_key.yaml:12: "
            "there must be one Publisher where name='Unknown'; there are:"
            f" {number}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(publisher_id__isnull=True).update(
                publisher_id=Subquery(publisher.values("id"))
            )


def backwards(apps, schema_editor):
    """Set Book.publisher to NULL where publisher__name='Unknown'."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(publisher__name="Unknown").update(publisher_id=None)


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
        ("library", "0002_default_row_for_a_foreign_key_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0004_default_row_for_a_foreign_key_cleanup.py
# Compiled by migspec from library/migspecs/default_row_for_a_foreign_key.yaml, step 3. Change the spec, not this file.
# spec d2aa00f31949, file 3 of 3, code 527a0171d5bf

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_default_row_for_a_foreign_key_data_2"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="publisher",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="library.publisher"
            ),
        ),
    ]
