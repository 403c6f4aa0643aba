# --- library/migrations/0002_unique_after_a_check_schema.py
# Compiled by migspec from library/migspecs/unique_after_a_check.yaml, step 1. Change the spec, not this file.
# spec 387c8cd0b1c5, file 1 of 3, code 7afd1bc473b3

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
# spec 387c8cd0b1c5, file 2 of 3, code 7afeaa63bd84

import logging

from django.db import migrations, router, transaction
from django.db.models import Count
from django.db.models.functions import Lower

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


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
# spec 387c8cd0b1c5, file 3 of 3, code d14af3ac131c

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
