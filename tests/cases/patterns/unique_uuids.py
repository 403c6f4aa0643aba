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
# spec 2c4a7d544af3, file 2 of 3, code c75ed84637a6

import logging
import time
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


def key_ranges(queryset, size=None, large_on=("sqlite",)):
    """Yield the rows of queryset in ranges of keys, up to the last there is now; quick ones grow.

    On the databases large_on they are large from the first: nobody there waits for what a range locks.
    """
    largest = size or 1_000_000
    if size is None:
        size = largest if connections[queryset.db].vendor in large_on else BATCH_SIZE
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    # Keys that are numbers tell how many there may be without counting.
    total = last - first + 1 if isinstance(last, int) else queryset.count()
    if total <= size:
        yield queryset
        return
    done, following = 0, list(keys[:10])
    while following:
        began = time.monotonic()
        low = following[0]
        # Where few numbers seem to be missing, none are counted: that reads every row.
        if isinstance(low, int) and following[-1] - low <= 4 * len(following):
            high = min(low + size - 1, last)
        else:
            rest = keys.filter(pk__gte=low, pk__lte=last)
            high = next(iter(rest[size - 1 : size]), last)
        done = high - first + 1 if isinstance(high, int) else min(done + size, total)
        yield queryset.filter(pk__gte=low, pk__lte=high)
        logger.info("%s: %d of %d keys", queryset.model._meta.label, done, total)
        following = list(keys.filter(pk__gt=high, pk__lte=last)[:10])
        if time.monotonic() - began < 2:
            size = min(2 * size, largest)


def update_each(connection, model, columns, rows, size=100):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)

    def saved(row, fields):
        return [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in fields
        ]

    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
            params = [saved(row, (*fields, *keys)) for row in rows]
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {same}", params)
            return
        # MySQL is sent each row's statement by itself, and waiting for it would take most of the time.
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            case = f"CASE{f' WHEN {same} THEN %s' * len(some)} END"
            sets = ", ".join(f"{quote(field.column)} = {case}" for field in fields)
            params = [
                value
                for field in fields
                for row in some
                for value in saved(row, (*keys, field))
            ]
            params += [value for row in some for value in saved(row, keys)]
            where = " OR ".join([f"({same})"] * len(some))
            cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", params)


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
