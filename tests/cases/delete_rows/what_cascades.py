# --- library/migrations/0002_what_cascades_data.py
# Compiled by migspec from library/migspecs/what_cascades.yaml, step 1. Change the spec, not this file.
# spec 84e295abbf5d, file 1 of 1, code a5c238296d32

import logging

from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Authors without a name were made by mistake; so were their books.

    Rolling back changes no rows: they were mistakes.
    """
    Author = apps.get_model("library", "Author")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(authors):
        with transaction.atomic(using=alias):
            page.filter(last_name="", first_name="").delete()


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
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "author"},
            elidable=True,
        ),
    ]
