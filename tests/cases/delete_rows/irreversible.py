# --- library/migrations/0002_irreversible_data.py
# Compiled by migspec from library/migspecs/irreversible.yaml, step 1. Change the spec, not this file.
# spec aaa5f81d18ee, file 1 of 1, code 13f872a6f58c

import datetime
import logging

from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Loans that came back before 2020 are of no use.

    It cannot be rolled back: nobody asks who had a book so long ago.
    """
    Loan = apps.get_model("library", "Loan")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Loan):
        return

    loans = Loan._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(loans):
        with transaction.atomic(using=alias):
            page.filter(
                returned_at__lt=datetime.datetime(
                    2020, 1, 1, 0, 0, tzinfo=datetime.timezone.utc
                )
            ).delete()


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
        migrations.RunPython(forwards, hints={"model_name": "loan"}, elidable=True),
    ]
