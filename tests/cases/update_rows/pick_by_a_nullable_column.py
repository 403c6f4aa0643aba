# --- library/migrations/0002_pick_by_a_nullable_column_schema.py
# Compiled by migspec from library/migspecs/pick_by_a_nullable_column.yaml, steps 1, 2. Change the spec, not this file.
# spec 8f243e444467, file 1 of 2, code 6331fa8b9258

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="last_back_from",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="book",
            name="first_back_from",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]

# --- library/migrations/0003_pick_by_a_nullable_column_data.py
# Compiled by migspec from library/migspecs/pick_by_a_nullable_column.yaml, steps 3, 4. Change the spec, not this file.
# spec 8f243e444467, file 2 of 2, code 5888f47dee45

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, F, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_book_last_back_from_id(apps, schema_editor):
    """Who brought the book back last; whoever has it still only where nobody did."""
    Book = apps.get_model("library", "Book")
    Loan = apps.get_model("library", "Loan")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    loans = (
        Loan._base_manager.using(alias)
        .filter(book_id=OuterRef("id"))
        .order_by(F("returned_at").desc(nulls_last=True), "-member_id", "-id")
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(Exists(loans)).update(
                last_back_from_id=Subquery(loans.values("member_id")[:1])
            )


def forwards_book_first_back_from_id(apps, schema_editor):
    """Who brought the book back first."""
    Book = apps.get_model("library", "Book")
    Loan = apps.get_model("library", "Loan")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    loans = (
        Loan._base_manager.using(alias)
        .filter(book_id=OuterRef("id"))
        .order_by(F("returned_at").asc(nulls_last=True), "member_id", "id")
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(Exists(loans)).update(
                first_back_from_id=Subquery(loans.values("member_id")[:1])
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
        ("library", "0002_pick_by_a_nullable_column_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_last_back_from_id,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_first_back_from_id,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
