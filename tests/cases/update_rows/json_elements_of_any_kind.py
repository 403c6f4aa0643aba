# --- library/migrations/0002_json_elements_of_any_kind_schema.py
# Compiled by migspec from library/migspecs/json_elements_of_any_kind.yaml, steps 1 to 3. Change the spec, not this file.
# spec 85da629d05c9, file 1 of 3, code ae8b13e3df0b

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book", name="labels", field=models.JSONField(null=True)
        ),
        migrations.AddField(
            model_name="book", name="extra", field=models.JSONField(null=True)
        ),
        migrations.AddField(
            model_name="book", name="marks", field=models.JSONField(null=True)
        ),
    ]

# --- library/migrations/0003_json_elements_of_any_kind_data.py
# Compiled by migspec from library/migspecs/json_elements_of_any_kind.yaml, step 4. Change the spec, not this file.
# spec 85da629d05c9, file 2 of 3, code d30991367be9

import json
import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import F

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_labels(details):
    """details with other elements; JSON that is no list stays as it is."""
    if not isinstance(details, list):
        return details
    kept = [item for item in details if item not in ("old", None)]
    new = ["new", "worn"]
    return kept + [item for item in new if item not in kept]


def new_extra(details):
    """details with other elements; JSON that is no list stays as it is."""
    if not isinstance(details, list):
        return details
    gone = {json.dumps(item, sort_keys=True) for item in [1, {"a": True}]}
    kept = [item for item in details if json.dumps(item, sort_keys=True) not in gone]
    new = [2, {"b": 1}]
    there = {json.dumps(item, sort_keys=True) for item in kept}
    return kept + [
        item for item in new if json.dumps(item, sort_keys=True) not in there
    ]


def new_marks_item(item):
    """item with other keys at list; other JSON stays as it is."""
    match item:
        case {"list": dict(inner)}:
            return item | {
                "list": {
                    key: value for key, value in inner.items() if key not in ("c",)
                }
            }
    return item


def new_marks(details):
    """details with other elements; JSON that is no list stays as it is."""
    if not isinstance(details, list):
        return details
    kept = [item for item in details if item not in ("old",)]
    return [new_marks_item(item) for item in kept]


def forwards(apps, schema_editor):
    """Set Book.labels, extra and marks to details in its new shape."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books, size=10_000):
        rows = list(page.only("pk", "details"))
        for book in rows:
            book.labels = new_labels(book.details)
            book.extra = new_extra(book.details)
            book.marks = new_marks(book.details)
        with transaction.atomic(using=alias):
            page.update(labels=F("details"), extra=F("details"), marks=F("details"))
            update_each(
                connection,
                Book,
                ["labels", "extra", "marks"],
                [book for book in rows if book.labels is not None],
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
        ("library", "0002_json_elements_of_any_kind_schema"),
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

# --- library/migrations/0004_json_elements_of_any_kind_data_2.py
# Compiled by migspec from library/migspecs/json_elements_of_any_kind.yaml, step 5. Change the spec, not this file.
# spec 85da629d05c9, file 3 of 3, code 3fa93afd9f30

import json
import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_details(details):
    """details with other elements; JSON that is no list stays as it is."""
    if not isinstance(details, list):
        return details
    pairs = [(1, True), (True, 1), ({"a": 1}, {"a": 1.5}), ({"a": 1.5}, {"a": 1})]
    new = {json.dumps(old, sort_keys=True): new for old, new in pairs}
    return [new.get(json.dumps(item, sort_keys=True), item) for item in details]


def new_details_2(details):
    """details with other elements; JSON that is no list stays as it is."""
    if not isinstance(details, list):
        return details
    pairs = [(True, 1), (1, True), ({"a": 1.5}, {"a": 1}), ({"a": 1}, {"a": 1.5})]
    new = {json.dumps(old, sort_keys=True): new for old, new in pairs}
    return [new.get(json.dumps(item, sort_keys=True), item) for item in details]


def forwards(apps, schema_editor):
    """One and true change places."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new details is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(books, size=10_000):
        rows = [book for book in page.only("pk", "details") if book.details is not None]
        for book in rows:
            book.details = new_details(book.details)
        update_each(connection, Book, ["details"], rows)

    record_applied(connection, "library", "0004_json_elements_of_any_kind_data_2")


def backwards(apps, schema_editor):
    """Set Book.details to details in its new shape."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new details is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(books, size=10_000):
        rows = [book for book in page.only("pk", "details") if book.details is not None]
        for book in rows:
            book.details = new_details_2(book.details)
        update_each(connection, Book, ["details"], rows)

    record_unapplied(connection, "library", "0004_json_elements_of_any_kind_data_2")


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


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_json_elements_of_any_kind_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]
