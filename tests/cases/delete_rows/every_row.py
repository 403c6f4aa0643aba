# --- library/migrations/0002_every_row_data.py
# Compiled by migspec from library/migspecs/every_row.toml, step 1. Change the spec, not this file.
# spec ca071c5ea138, file 1 of 1, code 3a0ede9a9e14

import logging

from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Contributions are imported anew every night.

    Rolling back changes no rows: the next import brings them.
    """
    Contribution = apps.get_model("library", "Contribution")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Contribution):
        return

    contributions = Contribution._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(contributions):
        with transaction.atomic(using=alias):
            page.delete()


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
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "contribution"},
            elidable=True,
        ),
    ]
