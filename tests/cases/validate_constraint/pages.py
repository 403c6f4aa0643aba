# --- library/migrations/0002_pages_schema.py
# Compiled by migspec from library/migspecs/pages.yaml, step 1. Change the spec, not this file.
# spec 39d1026ff75d, file 1 of 3, code 63ab3c84bf0e

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class AddConstraintNotValidOnPostgreSQL(AddConstraintNotValid):
    """AddConstraintNotValid where the database is PostgreSQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        AddConstraintNotValidOnPostgreSQL(
            model_name="book",
            constraint=models.CheckConstraint(
                condition=models.Q(("pages__gte", 1)), name="book_has_pages"
            ),
        ),
    ]

# --- library/migrations/0003_pages_data.py
# Compiled by migspec from library/migspecs/pages.yaml, step 2. Change the spec, not this file.
# spec 39d1026ff75d, file 2 of 3, code 0be35ac295bf

import logging
import time

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Book.pages to NULL where pages=0.

    Rolling back changes no rows: no book has 0 pages.
    """
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(pages=0).update(pages=None)


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
        ("library", "0002_pages_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_pages_cleanup.py
# Compiled by migspec from library/migspecs/pages.yaml, step 3. Change the spec, not this file.
# spec 39d1026ff75d, file 3 of 3, code d274078fb824

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class ValidateConstraintOnPostgreSQL(ValidateConstraint):
    """ValidateConstraint where the database is PostgreSQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_pages_data"),
    ]

    operations = [
        ValidateConstraintOnPostgreSQL(model_name="book", name="book_has_pages"),
    ]
