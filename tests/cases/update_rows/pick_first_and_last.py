# --- library/migrations/0002_pick_first_and_last_schema.py
# Compiled by migspec from library/migspecs/pick_first_and_last.yaml, steps 1, 2. Change the spec, not this file.
# spec c25e6ed08241, file 1 of 2, code d26266d37779

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="first_lent_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="book",
            name="last_borrower",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]

# --- library/migrations/0003_pick_first_and_last_data.py
# Compiled by migspec from library/migspecs/pick_first_and_last.yaml, steps 3, 4. Change the spec, not this file.
# spec c25e6ed08241, file 2 of 2, code 6c5c247d2e58

import logging

from django.db import migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards_book_first_lent_at(apps, schema_editor):
    """When each book was first lent."""
    Book = apps.get_model("library", "Book")
    Loan = apps.get_model("library", "Loan")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    loans = (
        Loan._base_manager.using(alias)
        .filter(book_id=OuterRef("id"))
        .order_by("lent_at", "id")
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(Exists(loans)).update(
                first_lent_at=Subquery(loans.values("lent_at")[:1])
            )


def forwards_book_last_borrower_id(apps, schema_editor):
    """Who borrowed each book last; of two on a day, the one with the later due date."""
    Book = apps.get_model("library", "Book")
    Loan = apps.get_model("library", "Loan")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    loans = (
        Loan._base_manager.using(alias)
        .filter(book_id=OuterRef("id"))
        .order_by("-lent_at", "-due", "-id")
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(Exists(loans)).update(
                last_borrower_id=Subquery(loans.values("member_id")[:1])
            )


def key_ranges(queryset, size=BATCH_SIZE):
    """Yield the rows of queryset in ranges of keys, up to the last that is there now."""
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low = None
    while last is not None and low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        logger.info("%s: done up to %s", queryset.model._meta.label, high)
        low = high


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_pick_first_and_last_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_first_lent_at,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_last_borrower_id,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
