# --- library/migrations/0002_aggregate_into_a_column_schema.py
# Compiled by migspec from library/migspecs/aggregate_into_a_column.yaml, steps 1 to 5. Change the spec, not this file.
# spec 7609750a6db1, file 1 of 2, code 41cb887ae5d9

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book", name="loan_count", field=models.IntegerField(null=True)
        ),
        migrations.AddField(
            model_name="book", name="open_loans", field=models.IntegerField(null=True)
        ),
        migrations.AddField(
            model_name="book", name="last_due", field=models.DateField(null=True)
        ),
        migrations.AddField(
            model_name="book", name="tag_count", field=models.IntegerField(null=True)
        ),
        migrations.AddField(
            model_name="author",
            name="total_pages",
            field=models.IntegerField(null=True),
        ),
    ]

# --- library/migrations/0003_aggregate_into_a_column_data.py
# Compiled by migspec from library/migspecs/aggregate_into_a_column.yaml, steps 6, 7. Change the spec, not this file.
# spec 7609750a6db1, file 2 of 2, code adc3db5fb1e6

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery, Sum

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_book_loan_count(apps, schema_editor):
    """Set Book.loan_count, open_loans, last_due and tag_count."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    same_book = Book._base_manager.using(alias).filter(pk=OuterRef("pk"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(
                loan_count=Subquery(
                    same_book.values("pk")
                    .annotate(new_value=Count("loans"))
                    .values("new_value")[:1]
                ),
                open_loans=Subquery(
                    same_book.values("pk")
                    .annotate(
                        new_value=Count("loans", filter=Q(loans__returned_at=None))
                    )
                    .values("new_value")[:1]
                ),
                last_due=Subquery(
                    same_book.values("pk")
                    .annotate(new_value=Max("loans__due"))
                    .values("new_value")[:1]
                ),
                tag_count=Subquery(
                    same_book.values("pk")
                    .annotate(new_value=Count("tags"))
                    .values("new_value")[:1]
                ),
            )


def forwards_author_total_pages(apps, schema_editor):
    """NULL without books, as sums are in SQL."""
    Author = apps.get_model("library", "Author")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)
    same_author = Author._base_manager.using(alias).filter(pk=OuterRef("pk"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(authors):
        with transaction.atomic(using=alias):
            page.update(
                total_pages=Subquery(
                    same_author.values("pk")
                    .annotate(new_value=Sum("books__pages"))
                    .values("new_value")[:1]
                )
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
        ("library", "0002_aggregate_into_a_column_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_loan_count,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_author_total_pages,
            migrations.RunPython.noop,
            hints={"model_name": "author"},
            elidable=True,
        ),
    ]
