# --- library/migrations/0002_dropped_column_of_another_model_schema.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, steps 1, 5. Change the spec, not this file.
# spec de746204f5da, file 1 of 5, code 20ca9b70d8d9

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="place",
            field=models.CharField(max_length=60, null=True),
        ),
        migrations.AddField(
            model_name="book",
            name="imprint",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="imprints",
                to="library.publisher",
            ),
        ),
    ]

# --- library/migrations/0003_dropped_column_of_another_model_data.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, step 2. Change the spec, not this file.
# spec de746204f5da, file 2 of 5, code a7c80fbf5490

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Book.place from publisher.city."""
    Book = apps.get_model("library", "Book")
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    publisher = Publisher._base_manager.using(alias).filter(id=OuterRef("publisher_id"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(place=Subquery(publisher.values("city")[:1]))


def backwards(apps, schema_editor):
    """Set Publisher.city from the Book of each Publisher, the first by id.

    Best effort: rows of Publisher that match no Book get no value.
    """
    Publisher = apps.get_model("library", "Publisher")
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    books = (
        Book._base_manager.using(alias)
        .filter(publisher_id=OuterRef("id"))
        .filter(place__isnull=False)
        .order_by("id")
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(publishers):
        with transaction.atomic(using=alias):
            page.filter(Exists(books)).update(city=Subquery(books.values("place")[:1]))


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
        ("library", "0002_dropped_column_of_another_model_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0004_dropped_column_of_another_model_cleanup.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, step 3. Change the spec, not this file.
# spec de746204f5da, file 3 of 5, code d0acf2ddc81f

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_dropped_column_of_another_model_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="publisher", name="city"),
    ]

# --- library/migrations/0005_dropped_column_of_another_model_data_2.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, step 4. Change the spec, not this file.
# spec de746204f5da, file 4 of 5, code fa9d4f4c5454

from django.db import migrations, router

PUBLISHERS = [
    {"name": "nobody", "country": "xx"},
]


def forwards(apps, schema_editor):
    """Insert 1 row of Publisher, each unless its name is there."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    publishers.bulk_create(
        [
            Publisher(**row)
            for row in PUBLISHERS
            if not publishers.filter(name=row["name"]).exists()
        ]
    )


def backwards(apps, schema_editor):
    """Delete the 1 row of Publisher listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    for row in PUBLISHERS:
        publishers.filter(**row, book__isnull=True)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_dropped_column_of_another_model_cleanup"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "publisher"}),
    ]

# --- library/migrations/0006_dropped_column_of_another_model_data_3.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, step 6. Change the spec, not this file.
# spec de746204f5da, file 5 of 5, code 488f1083fe0a

import logging
import time

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Book.imprint from the Publisher of each Book."""
    Book = apps.get_model("library", "Book")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            update_from(
                connection, page, Publisher, {"place": "name"}, {"imprint_id": "id"}
            )


def backwards(apps, schema_editor):
    """Set Book.imprint to NULL where imprint_id is not NULL."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(imprint_id__isnull=False).update(imprint_id=None)


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


def update_from(connection, rows, source, match, columns):
    """UPDATE rows FROM source: set columns from the row that is equal in match."""
    quote = connection.ops.quote_name
    table, other = quote(rows.model._meta.db_table), quote(source._meta.db_table)

    def equal(names, prefix=""):
        for name, theirs in names.items():
            column = quote(rows.model._meta.get_field(name).column)
            found = quote(source._meta.get_field(theirs).column)
            yield f"{prefix}{column} = {other}.{found}"

    condition, params = " AND ".join(equal(match, f"{table}.")), ()
    parts, key = [rows.query.where] if rows.query.where else [], rows.model._meta.pk
    if key.attname in match:
        # PostgreSQL does not see that a range of keys is one of the source too, and would read all of it each time.
        same = source._meta.get_field(match[key.attname]).get_col(
            source._meta.db_table, key
        )
        limits = [
            part
            for part in rows.query.where.children
            if getattr(part, "lhs", None) == key.cached_col
        ]
        parts += [type(limit)(same, limit.rhs) for limit in limits]
    for part in parts:
        where, values = rows.query.get_compiler(connection.alias).compile(part)
        condition, params = f"{condition} AND {where}", (*params, *values)
    if connection.vendor == "mysql":
        sets = ", ".join(equal(columns, f"{table}."))
        sql = f"UPDATE {table} INNER JOIN {other} ON {condition} SET {sets}"
    else:
        sets = ", ".join(equal(columns))
        sql = f"UPDATE {table} SET {sets} FROM {other} WHERE {condition}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0005_dropped_column_of_another_model_data_2"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]
