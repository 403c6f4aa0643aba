# --- library/migrations/0002_usual_links_for_rows_without_schema.py
# Compiled by migspec from library/migspecs/usual_links_for_rows_without.yaml, step 1. Change the spec, not this file.
# spec f22b6177d94d, file 1 of 5, code 20969f574184

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book", name="untagged", field=models.BooleanField(default=False)
        ),
    ]

# --- library/migrations/0003_usual_links_for_rows_without_data.py
# Compiled by migspec from library/migspecs/usual_links_for_rows_without.yaml, step 2. Change the spec, not this file.
# spec f22b6177d94d, file 2 of 5, code f04123236d33

import logging
import time

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Book.untagged to True where tags is NULL."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(tags__isnull=True).update(untagged=True)


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
        ("library", "0002_usual_links_for_rows_without_schema"),
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

# --- library/migrations/0004_usual_links_for_rows_without_data_2.py
# Compiled by migspec from library/migspecs/usual_links_for_rows_without.yaml, step 3. Change the spec, not this file.
# spec f22b6177d94d, file 3 of 5, code 1f85e4b603cf

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Subquery


def forwards(apps, schema_editor):
    """Insert a Book_tags for each Book where untagged=True.

    Rolling back changes no rows: the usual tags do no harm.
    """
    Book_tags = apps.get_model("library", "Book_tags")
    Book = apps.get_model("library", "Book")
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book_tags):
        return

    books = Book._base_manager.using(alias)
    tag = Tag._base_manager.using(alias).filter(slug="book")
    book_tags_rows = Book_tags._base_manager.using(alias)
    there = book_tags_rows.filter(book_id=OuterRef("id"), tag_id=OuterRef("new_tag_id"))
    if books.filter(untagged=True).exists() and (number := tag.count()) != 1:
        raise ValueError(
            "library/migspecs/usual_links_for_rows_without.yaml:14: there"
            f" must be one Tag where slug='book'; there are: {number}"
        )

    # One transaction: a key that is NULL would be inserted again.
    insert_select(
        connection,
        Book_tags,
        {"book_id": "id", "tag_id": "new_tag_id"},
        books.filter(untagged=True)
        .annotate(new_tag_id=Subquery(tag.values("id")))
        .exclude(Exists(there)),
    )
    record_applied(connection, "library", "0004_usual_links_for_rows_without_data_2")


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_usual_links_for_rows_without_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "book_tags"},
            elidable=True,
        ),
    ]

# --- library/migrations/0005_usual_links_for_rows_without_data_3.py
# Compiled by migspec from library/migspecs/usual_links_for_rows_without.yaml, step 4. Change the spec, not this file.
# spec f22b6177d94d, file 4 of 5, code 388694b6f04f

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Subquery


def forwards(apps, schema_editor):
    """Insert a Book_tags for each Book where untagged=True.

    Rolling back changes no rows: the usual tags do no harm.
    """
    Book_tags = apps.get_model("library", "Book_tags")
    Book = apps.get_model("library", "Book")
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book_tags):
        return

    books = Book._base_manager.using(alias)
    tag = Tag._base_manager.using(alias).filter(slug="paper")
    book_tags_rows = Book_tags._base_manager.using(alias)
    there = book_tags_rows.filter(book_id=OuterRef("id"), tag_id=OuterRef("new_tag_id"))
    if books.filter(untagged=True).exists() and (number := tag.count()) != 1:
        raise ValueError(
            "library/migspecs/usual_links_for_rows_without.yaml:21: there"
            f" must be one Tag where slug='paper'; there are: {number}"
        )

    # One transaction: a key that is NULL would be inserted again.
    insert_select(
        connection,
        Book_tags,
        {"book_id": "id", "tag_id": "new_tag_id"},
        books.filter(untagged=True)
        .annotate(new_tag_id=Subquery(tag.values("id")))
        .exclude(Exists(there)),
    )
    record_applied(connection, "library", "0005_usual_links_for_rows_without_data_3")


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_usual_links_for_rows_without_data_2"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "book_tags"},
            elidable=True,
        ),
    ]

# --- library/migrations/0006_usual_links_for_rows_without_cleanup.py
# Compiled by migspec from library/migspecs/usual_links_for_rows_without.yaml, step 5. Change the spec, not this file.
# spec f22b6177d94d, file 5 of 5, code 07bcce0f6bbc

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0005_usual_links_for_rows_without_data_3"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="untagged"),
    ]
