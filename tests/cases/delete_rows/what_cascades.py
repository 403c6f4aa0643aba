# --- library/migrations/0002_what_cascades_data.py
# Compiled by migspec from library/migspecs/what_cascades.yaml, step 1. Change the spec, not this file.
# spec b628db075b13, file 1 of 1, code 94496a269112

import logging

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


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
    for page in key_ranges(authors, size=10_000):
        with transaction.atomic(using=alias):
            page.filter(last_name="", first_name="").delete()


def key_ranges(queryset, size=None):
    """Yield the rows of queryset in ranges of keys, up to the last there is now."""
    if size is None:
        # SQLite has one writer at a time, and each range reads the table anew: short ones gain little.
        lite = connections[queryset.db].vendor == "sqlite"
        size = 1_000_000 if lite else BATCH_SIZE
    count = queryset.count()
    if count <= size:
        yield queryset
        return
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low, done = None, 0
    while low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        low, done = high, min(done + size, count)
        logger.info("%s: %d of %d rows", queryset.model._meta.label, done, count)


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
