# --- library/migrations/0002_unique_uuids_schema.py
# Compiled by migspec from library/migspecs/unique_uuids.yaml, step 1. Change the spec, not this file.
# spec 2c4a7d544af3, file 1 of 3, code c57ddd617090

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

# --- library/migrations/0003_unique_uuids_data.py
# Compiled by migspec from library/migspecs/unique_uuids.yaml, step 2. Change the spec, not this file.
# spec 2c4a7d544af3, file 2 of 3, code a61135f72e8a

import logging
import uuid

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Each book gets a public id."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(books, size=10_000):
        rows = list(page.filter(public_id__isnull=True).only("pk"))
        for book in rows:
            book.public_id = uuid.uuid4()
        with transaction.atomic(using=alias):
            update_each(connection, Book, ["public_id"], rows)


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


def update_each(connection, model, columns, rows):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)
    params = [
        [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in (*fields, *keys)
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {same}", params
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_unique_uuids_schema"),
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

# --- library/migrations/0004_unique_uuids_cleanup.py
# Compiled by migspec from library/migspecs/unique_uuids.yaml, step 3. Change the spec, not this file.
# spec 2c4a7d544af3, file 3 of 3, code e4ff43ea3f1d

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_unique_uuids_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
