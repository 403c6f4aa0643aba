# --- library/migrations/0002_unique_after_a_check_schema.py
# Compiled by migspec from library/migspecs/unique_after_a_check.yaml, step 1. Change the spec, not this file.
# spec e5588b1aceca, file 1 of 3, code 7afd1bc473b3

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="code",
            field=models.CharField(max_length=50, null=True),
        ),
    ]

# --- library/migrations/0003_unique_after_a_check_data.py
# Compiled by migspec from library/migspecs/unique_after_a_check.yaml, step 2. Change the spec, not this file.
# spec e5588b1aceca, file 2 of 3, code ab1b28363637

import logging

from django.db import connections, migrations, router, transaction
from django.db.models import Count
from django.db.models.functions import Lower

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """The code of a tag is its label in lower case."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)
    code = Lower("label")

    shared = (
        tags.values(new_value=code)
        .annotate(rows=Count("*"))
        .filter(rows__gt=1, new_value__isnull=False)
        .order_by("new_value")
    )
    if values := list(shared.values_list("new_value", flat=True)[:5]):
        raise ValueError(
            "library/migspecs/unique_after_a_check.yaml:9: Tag.code is "
            f"unique, but several rows would hold each of these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(tags):
        with transaction.atomic(using=alias):
            page.update(code=code)


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
        ("library", "0002_unique_after_a_check_schema"),
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

# --- library/migrations/0004_unique_after_a_check_cleanup.py
# Compiled by migspec from library/migspecs/unique_after_a_check.yaml, step 3. Change the spec, not this file.
# spec e5588b1aceca, file 3 of 3, code d14af3ac131c

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_unique_after_a_check_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="tag",
            name="code",
            field=models.CharField(max_length=50, unique=True),
        ),
    ]
