# --- library/migrations/0002_expressions_schema.py
# Compiled by migspec from library/migspecs/expressions.yaml, steps 1, 2, 4, 5. Change the spec, not this file.
# spec 47f2d725371b, file 1 of 2, code 4954ddaac71b

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="author",
            name="name",
            field=models.CharField(max_length=101, null=True),
        ),
        migrations.AddField(
            model_name="author",
            name="sort_name",
            field=models.CharField(max_length=101, null=True),
        ),
        migrations.AddField(
            model_name="book",
            name="length",
            field=models.CharField(max_length=6, null=True),
        ),
        migrations.AddField(
            model_name="book", name="known_pages", field=models.IntegerField(null=True)
        ),
    ]

# --- library/migrations/0003_expressions_data.py
# Compiled by migspec from library/migspecs/expressions.yaml, steps 3, 6. Change the spec, not this file.
# spec 47f2d725371b, file 2 of 2, code 13dfc6254c17

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Concat, Lower

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_author_name(apps, schema_editor):
    """Compose the names."""
    Author = apps.get_model("library", "Author")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(authors):
        with transaction.atomic(using=alias):
            page.update(
                name=Concat("first_name", Value(" "), "last_name"),
                sort_name=Lower(Concat("last_name", Value(", "), "first_name")),
            )


def forwards_book_length(apps, schema_editor):
    """Set Book.length and known_pages."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(
                length=Case(
                    When(pages__lt=100, then=Value("short")),
                    When(pages__gte=100, then=Value("long")),
                    default=Value("?"),
                ),
                known_pages=Coalesce(F("pages"), 0),
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
        ("library", "0002_expressions_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_author_name,
            migrations.RunPython.noop,
            hints={"model_name": "author"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_length,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
