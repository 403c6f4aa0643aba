# --- library/migrations/0002_where_over_relations_schema.py
# Compiled by migspec from library/migspecs/where_over_relations.yaml, steps 1 to 3. Change the spec, not this file.
# spec b477f1ecd3a8, file 1 of 4, code 6ab8da6742e3

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="note",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="book", name="rank", field=models.IntegerField(default=0)
        ),
        migrations.AddField(
            model_name="book", name="token", field=models.UUIDField(null=True)
        ),
    ]

# --- library/migrations/0003_where_over_relations_data.py
# Compiled by migspec from library/migspecs/where_over_relations.yaml, steps 4, 5, 7. Change the spec, not this file.
# spec b477f1ecd3a8, file 2 of 4, code 56dbfc5d61ec

import datetime
import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Q

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_book_note(apps, schema_editor):
    """Books with loans that were due in January."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(
                loans__due__lt=datetime.date(2024, 2, 1),
                loans__returned_at__isnull=True,
            ).update(note="overdue")


def forwards_book_note_2(apps, schema_editor):
    """Set Book.note to 'never lent' where loans is NULL."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(loans__isnull=True).update(note="never lent")


def forwards_book_note_3(apps, schema_editor):
    """Books that have loans, none of them open."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(Q(loans__isnull=False) & ~Q(loans__returned_at=None)).update(
                note="all back"
            )


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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_where_over_relations_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_note,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_note_2,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_note_3,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_where_over_relations_data_2.py
# Compiled by migspec from library/migspecs/where_over_relations.yaml, step 6. Change the spec, not this file.
# spec b477f1ecd3a8, file 3 of 4, code a6d952946344

import datetime

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F


def forwards(apps, schema_editor):
    """An expression that counts each book once."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new rank is computed from what is written, so a second
    # run would change it again.
    books.filter(
        loans__due__gte=datetime.date(2024, 1, 1), tags__slug__in=["a", "b"]
    ).update(rank=F("rank") + 1)
    record_applied(connection, "library", "0004_where_over_relations_data_2")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_where_over_relations_data"),
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

# --- library/migrations/0005_where_over_relations_data_3.py
# Compiled by migspec from library/migspecs/where_over_relations.yaml, step 8. Change the spec, not this file.
# spec b477f1ecd3a8, file 4 of 4, code 2f72b2a72b70

import logging
import time
import uuid

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Book.token to uuid.uuid4(), called for each row where loans is not NULL."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: uuid.uuid4() gives another value each time.
    for page in key_ranges(books, size=10_000):
        rows = list(
            page.filter(
                pk__in=Book._base_manager.using(alias)
                .filter(loans__isnull=False)
                .values("pk")
            ).only("pk")
        )
        for book in rows:
            book.token = uuid.uuid4()
        update_each(connection, Book, ["token"], rows)

    record_applied(connection, "library", "0005_where_over_relations_data_3")


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_where_over_relations_data_2"),
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
