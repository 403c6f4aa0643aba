# --- library/migrations/0002_uuid_for_each_row_schema.py
# Compiled by migspec from library/migspecs/uuid_for_each_row.yaml, step 1. Change the spec, not this file.
# spec 5d8c591092a0, file 1 of 3, code c57ddd617090

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="public_id",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]

# --- library/migrations/0003_uuid_for_each_row_data.py
# Compiled by migspec from library/migspecs/uuid_for_each_row.yaml, step 2. Change the spec, not this file.
# spec 5d8c591092a0, file 2 of 3, code 6c61f1661dde

import logging
import uuid

from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Each book gets a public id."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(books):
        rows = list(page.filter(public_id__isnull=True).only("pk"))
        for book in rows:
            book.public_id = uuid.uuid4()
        with transaction.atomic(using=alias):
            books.bulk_update(rows, ["public_id"], batch_size=500)


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
        ("library", "0002_uuid_for_each_row_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_uuid_for_each_row_cleanup.py
# Compiled by migspec from library/migspecs/uuid_for_each_row.yaml, step 3. Change the spec, not this file.
# spec 5d8c591092a0, file 3 of 3, code 2fdfecef22a1

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_uuid_for_each_row_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
