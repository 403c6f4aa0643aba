# --- library/migrations/0002_constant_with_steps_back_data.py
# Compiled by migspec from library/migspecs/constant_with_steps_back.yaml, step 1. Change the spec, not this file.
# spec fadda2620721, file 1 of 1, code 8534f392c953

import logging

from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Publishers of Oslo and Bergen had no country."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(publishers):
        with transaction.atomic(using=alias):
            page.filter(city__in=["Oslo", "Bergen"], country="").update(country="NO")


def backwards(apps, schema_editor):
    """Set Publisher.country to '' where city__in=['Oslo', 'Bergen'] and country='NO'."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(publishers):
        with transaction.atomic(using=alias):
            page.filter(city__in=["Oslo", "Bergen"], country="NO").update(country="")


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
            forwards, backwards, hints={"model_name": "publisher"}, elidable=True
        ),
    ]
