# --- library/migrations/0002_map_with_unmatched_and_nulls_schema.py
# Compiled by migspec from library/migspecs/map_with_unmatched_and_nulls.yaml, step 1. Change the spec, not this file.
# spec c05f2dcc2393, file 1 of 2, code 2bb58645984b

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="format",
            field=models.CharField(max_length=10, null=True),
        ),
    ]

# --- library/migrations/0003_map_with_unmatched_and_nulls_data.py
# Compiled by migspec from library/migspecs/map_with_unmatched_and_nulls.yaml, steps 2 to 4. Change the spec, not this file.
# spec c05f2dcc2393, file 2 of 2, code 33688a3b743d

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
FORMAT_BY_PAGES = {
    16: "leaflet",
    48: "booklet",
    96: "booklet",
}
NEW_COUNTRY = {
    "UK": "GB",
    "FX": "FR",
}
SUMMARY_BY_STATUS = {
    1: "Not out yet.",
    2: "In print.",
}


def forwards_book_format(apps, schema_editor):
    """Books of known lengths have a format."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    new_format = Case(
        When(pages__isnull=True, then=Value(None)),
        *(When(pages=old, then=Value(new)) for old, new in FORMAT_BY_PAGES.items()),
        default=Value("book"),
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(format=new_format)


def forwards_publisher_country(apps, schema_editor):
    """Countries had names.

    Rolling back changes no rows: nobody wants the old codes back.
    """
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    country = Case(
        *(When(country=old, then=Value(new)) for old, new in NEW_COUNTRY.items())
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(publishers):
        with transaction.atomic(using=alias):
            page.filter(country__in=NEW_COUNTRY).update(country=country)


def forwards_book_summary(apps, schema_editor):
    """Set Book.summary by the value of status where summary=''."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    summary = Case(
        *(When(status=old, then=Value(new)) for old, new in SUMMARY_BY_STATUS.items())
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(summary="").filter(status__in=SUMMARY_BY_STATUS).update(
                summary=summary
            )


def backwards_book_summary(apps, schema_editor):
    """Set Book.summary to '' where summary__in=['Not out yet.', 'In print.']."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(summary__in=["Not out yet.", "In print."]).update(summary="")


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
        ("library", "0002_map_with_unmatched_and_nulls_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_format,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_publisher_country,
            migrations.RunPython.noop,
            hints={"model_name": "publisher"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_book_summary,
            backwards_book_summary,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
