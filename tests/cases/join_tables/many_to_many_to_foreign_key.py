# --- library/migrations/0002_many_to_many_to_foreign_key_schema.py
# Compiled by migspec from library/migspecs/many_to_many_to_foreign_key.yaml, step 1. Change the spec, not this file.
# spec ba5109a01e8b, file 1 of 3, code 584447c86fd1

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="tag",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="library.tag",
            ),
        ),
    ]

# --- library/migrations/0003_many_to_many_to_foreign_key_data.py
# Compiled by migspec from library/migspecs/many_to_many_to_foreign_key.yaml, step 2. Change the spec, not this file.
# spec ba5109a01e8b, file 2 of 3, code ce0c09caa2a9

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Book.tag from the Book_tags of each Book, the first by id."""
    Book = apps.get_model("library", "Book")
    Book_tags = apps.get_model("library", "Book_tags")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    book_tags_rows = (
        Book_tags._base_manager.using(alias)
        .filter(book_id=OuterRef("id"))
        .order_by("id")
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(Exists(book_tags_rows)).update(
                tag_id=Subquery(book_tags_rows.values("tag_id")[:1])
            )


def backwards(apps, schema_editor):
    """Insert a Book_tags for each Book where tag_id is not NULL.

    Best effort: new ids, one row for each Book.
    """
    Book_tags = apps.get_model("library", "Book_tags")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book_tags):
        return

    books = Book._base_manager.using(alias)
    book_tags_rows = Book_tags._base_manager.using(alias)
    there = book_tags_rows.filter(book_id=OuterRef("id"))

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(books, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            rows = page.filter(tag_id__isnull=False)
            if book_tags_rows.exists():
                rows = rows.exclude(Exists(there))
            insert_select(
                connection, Book_tags, {"book_id": "id", "tag_id": "tag_id"}, rows
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
        ("library", "0002_many_to_many_to_foreign_key_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0004_many_to_many_to_foreign_key_cleanup.py
# Compiled by migspec from library/migspecs/many_to_many_to_foreign_key.yaml, step 3. Change the spec, not this file.
# spec ba5109a01e8b, file 3 of 3, code 7a8a0789268a

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_many_to_many_to_foreign_key_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="tags"),
    ]
