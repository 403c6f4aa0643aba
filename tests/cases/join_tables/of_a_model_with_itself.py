# --- library/migrations/0002_of_a_model_with_itself_schema.py
# Compiled by migspec from library/migspecs/of_a_model_with_itself.yaml, step 1. Change the spec, not this file.
# spec 03c1fa07c415, file 1 of 4, code 49d7c0d8b8a4

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="editions",
            field=models.ManyToManyField(to="library.book"),
        ),
    ]

# --- library/migrations/0003_of_a_model_with_itself_data.py
# Compiled by migspec from library/migspecs/of_a_model_with_itself.yaml, step 2. Change the spec, not this file.
# spec 03c1fa07c415, file 2 of 4, code 9adbeab0f874

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F


def forwards(apps, schema_editor):
    """Insert a Book_editions for each Book."""
    Book_editions = apps.get_model("library", "Book_editions")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book_editions):
        return

    books = Book._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection, Book_editions, {"from_book_id": "id", "to_book_id": F("id")}, books
    )
    record_applied(connection, "library", "0003_of_a_model_with_itself_data")


def backwards(apps, schema_editor):
    """Delete every Book_editions."""
    Book_editions = apps.get_model("library", "Book_editions")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book_editions):
        return

    book_editions_rows = Book_editions._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    book_editions_rows._raw_delete(alias)


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
        ("library", "0002_of_a_model_with_itself_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book_editions"}, elidable=True
        ),
    ]

# --- library/migrations/0004_of_a_model_with_itself_cleanup.py
# Compiled by migspec from library/migspecs/of_a_model_with_itself.yaml, step 3. Change the spec, not this file.
# spec 03c1fa07c415, file 3 of 4, code b1b3e4c38e53

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_of_a_model_with_itself_data"),
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RenameModel(old_name="Book", new_name="Volume"),
    ]

# --- library/migrations/0005_of_a_model_with_itself_data_2.py
# Compiled by migspec from library/migspecs/of_a_model_with_itself.yaml, step 4. Change the spec, not this file.
# spec 03c1fa07c415, file 4 of 4, code 7fe3bcb0418f

import logging
import time

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Delete the rows of Volume_editions where from_volume_id=2."""
    Volume_editions = apps.get_model("library", "Volume_editions")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Volume_editions):
        return

    volume_editions_rows = Volume_editions._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(volume_editions_rows, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(from_volume_id=2).delete()


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
        ("library", "0004_of_a_model_with_itself_cleanup"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "volume_editions"},
            elidable=True,
        ),
    ]
