# --- library/migrations/0002_one_many_to_many_into_two_schema.py
# Compiled by migspec from library/migspecs/one_many_to_many_into_two.yaml, step 1. Change the spec, not this file.
# spec 89c4f276364e, file 1 of 3, code f2f38afc752e

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="shelves",
            field=models.ManyToManyField(related_name="shelved", to="library.tag"),
        ),
    ]

# --- library/migrations/0003_one_many_to_many_into_two_data.py
# Compiled by migspec from library/migspecs/one_many_to_many_into_two.yaml, step 2. Change the spec, not this file.
# spec 89c4f276364e, file 2 of 3, code 2fc1904f27d2

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Insert a Book_shelves for each Book_tags where tag__slug__startswith='shelf-'."""
    Book_shelves = apps.get_model("library", "Book_shelves")
    Book_tags = apps.get_model("library", "Book_tags")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book_shelves):
        return

    book_tags_rows = Book_tags._base_manager.using(alias)
    book_shelves_rows = Book_shelves._base_manager.using(alias)
    there = book_shelves_rows.filter(
        book_id=OuterRef("book_id"), tag_id=OuterRef("tag_id")
    )

    # One transaction: the table is new, and nobody waits for it.
    with transaction.atomic(using=alias):
        rows = book_tags_rows.filter(tag__slug__startswith="shelf-")
        if book_shelves_rows.exists():
            rows = rows.exclude(Exists(there))
        insert_select(
            connection, Book_shelves, {"book_id": "book_id", "tag_id": "tag_id"}, rows
        )


def backwards(apps, schema_editor):
    """Delete every Book_shelves."""
    Book_shelves = apps.get_model("library", "Book_shelves")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book_shelves):
        return

    book_shelves_rows = Book_shelves._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(book_shelves_rows, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page._raw_delete(alias)


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


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    query = rows.order_by().values_list(*columns.values()).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_one_many_to_many_into_two_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book_shelves"}, elidable=True
        ),
    ]

# --- library/migrations/0004_one_many_to_many_into_two_data_2.py
# Compiled by migspec from library/migspecs/one_many_to_many_into_two.yaml, step 3. Change the spec, not this file.
# spec 89c4f276364e, file 3 of 3, code f08a0c709566

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Delete the rows of Book_tags where tag__slug__startswith='shelf-'."""
    Book_tags = apps.get_model("library", "Book_tags")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book_tags):
        return

    book_tags_rows = Book_tags._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(book_tags_rows, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(tag__slug__startswith="shelf-").delete()


def backwards(apps, schema_editor):
    """Insert a Book_tags for each Book_shelves."""
    Book_tags = apps.get_model("library", "Book_tags")
    Book_shelves = apps.get_model("library", "Book_shelves")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book_tags):
        return

    book_shelves_rows = Book_shelves._base_manager.using(alias)
    book_tags_rows = Book_tags._base_manager.using(alias)
    there = book_tags_rows.filter(
        book_id=OuterRef("book_id"), tag_id=OuterRef("tag_id")
    )

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(book_shelves_rows, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Book_tags,
                {"book_id": "book_id", "tag_id": "tag_id"},
                page.exclude(Exists(there)),
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


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    query = rows.order_by().values_list(*columns.values()).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0003_one_many_to_many_into_two_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book_tags"}, elidable=True
        ),
    ]
