# --- library/migrations/0002_update_existing_data.py
# Compiled by migspec from library/migspecs/update_existing.yaml, step 1. Change the spec, not this file.
# spec afd9b1d31549, file 1 of 1, code be46f5ad499c

import logging

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
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
    for page in key_ranges(tags, size=10_000):
        with transaction.atomic(using=alias):
            page.filter(slug__in=["novel"]).delete()


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
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "tag"}),
    ]
