# --- library/migrations/0002_copy_a_table_schema.py
# Compiled by migspec from library/migspecs/copy_a_table.yaml, step 1. Change the spec, not this file.
# spec a278cc495d06, file 1 of 2, code 6b2831be464e

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="OldBook",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("isbn", models.CharField(max_length=13)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="library.author",
                    ),
                ),
                ("published", models.DateField(null=True)),
                (
                    "price",
                    models.DecimalField(decimal_places=2, max_digits=8, null=True),
                ),
                ("details", models.JSONField(default=dict)),
                ("archived_at", models.DateTimeField(auto_now_add=True)),
                ("shelf", models.UUIDField(default=uuid.uuid4)),
                ("reason", models.CharField(max_length=20, null=True)),
            ],
        ),
    ]

# --- library/migrations/0003_copy_a_table_data.py
# Compiled by migspec from library/migspecs/copy_a_table.yaml, step 2. Change the spec, not this file.
# spec a278cc495d06, file 2 of 2, code 70b213bcd189

import json
import logging
import time

from django.core.management.color import no_style
from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import JSONField, TextField, Value
from django.db.models.functions import Cast

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Books out of print are kept apart, with their keys."""
    OldBook = apps.get_model("library", "OldBook")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, OldBook):
        return

    books = Book._base_manager.using(alias)
    old_books = OldBook._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    for page in key_ranges(books, size=10_000):
        found = page.filter(status=3).values_list(
            "id",
            "title",
            "isbn",
            "author_id",
            "published",
            "price",
            Cast("details", TextField()),
        )
        old_books.bulk_create(
            [
                OldBook(
                    id=id_value,
                    title=title,
                    isbn=isbn,
                    author_id=author_id,
                    published=published,
                    price=price,
                    details=details and Value(json.loads(details), JSONField()),
                )
                for id_value, title, isbn, author_id, published, price, details in found
            ],
            batch_size=1_000,
        )

    reset_sequences(connection, OldBook)
    record_applied(connection, "library", "0003_copy_a_table_data")


def backwards(apps, schema_editor):
    """Delete every OldBook."""
    OldBook = apps.get_model("library", "OldBook")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, OldBook):
        return

    old_books = OldBook._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    old_books._raw_delete(alias)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_copy_a_table_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "oldbook"}, elidable=True
        ),
    ]
