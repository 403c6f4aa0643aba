# --- library/migrations/0002_where_as_an_expression_data.py
# Compiled by migspec from library/migspecs/where_as_an_expression.yaml, step 1. Change the spec, not this file.
# spec d26a6c4242cd, file 1 of 1, code 990638376866

import datetime
import logging

from django.db import migrations, router, transaction
from django.db.models import Q

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Old books, and planned ones without a length, are out of print.

    It cannot be rolled back: what the status was is not kept.
    """
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(
                Q(published__lt=datetime.date(1900, 1, 1))
                | Q(pages=None) & ~Q(status=2)
            ).update(status=3)


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
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, hints={"model_name": "book"}, elidable=True),
    ]
