# --- library/migrations/0002_update_existing_data.py
# Compiled by migspec from library/migspecs/update_existing.yaml, step 1. Change the spec, not this file.
# spec 3a4500403dd9, file 1 of 1, code f95d82ad8703

import logging

from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000
TAGS = [
    {"slug": "poem", "label": "Poem"},
    {"slug": "novel", "label": "Novel"},
]


def forwards(apps, schema_editor):
    """Insert or update 2 rows of Tag by slug."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    with transaction.atomic(using=alias):
        for row in TAGS:
            if not tags.filter(slug=row["slug"]).update(**row):
                tags.create(**row)


def backwards(apps, schema_editor):
    """Delete the rows of Tag where slug__in=['novel']."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(tags):
        with transaction.atomic(using=alias):
            page.filter(slug__in=["novel"]).delete()


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
        migrations.RunPython(forwards, backwards, hints={"model_name": "tag"}),
    ]
