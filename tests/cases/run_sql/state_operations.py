# --- library/migrations/0002_state_operations_schema.py
# Compiled by migspec from library/migspecs/state_operations.yaml, step 1. Change the spec, not this file.
# spec fdfa832dfe0c, file 1 of 2, code 70cd4da7b03b

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # A column that is made by hand.
        migrations.RunSQL(
            sql="ALTER TABLE library_tag ADD COLUMN note varchar(20) NULL",
            reverse_sql="ALTER TABLE library_tag DROP COLUMN note",
            state_operations=[
                migrations.AddField(
                    model_name="tag",
                    name="note",
                    field=models.CharField(max_length=20, null=True),
                ),
            ],
        ),
    ]

# --- library/migrations/0003_state_operations_data.py
# Compiled by migspec from library/migspecs/state_operations.yaml, step 2. Change the spec, not this file.
# spec fdfa832dfe0c, file 2 of 2, code a4e5f7e449f0

import logging

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Tag.note to 'new'."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(tags):
        with transaction.atomic(using=alias):
            page.update(note="new")


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
        ("library", "0002_state_operations_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]
