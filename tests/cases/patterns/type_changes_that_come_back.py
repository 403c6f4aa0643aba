# --- library/migrations/0002_type_changes_that_come_back_schema.py
# Compiled by migspec from library/migspecs/type_changes_that_come_back.yaml, steps 1 to 4. Change the spec, not this file.
# spec 5f5e802a6f6b, file 1 of 3, code 8417190e7ae8

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="length",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="book",
            name="released",
            field=models.CharField(max_length=30, null=True),
        ),
        migrations.AddField(
            model_name="book", name="extra", field=models.TextField(default="{}")
        ),
        migrations.AddField(
            model_name="publisher", name="founded", field=models.IntegerField(null=True)
        ),
    ]

# --- library/migrations/0003_type_changes_that_come_back_data.py
# Compiled by migspec from library/migspecs/type_changes_that_come_back.yaml, steps 5 to 7. Change the spec, not this file.
# spec 5f5e802a6f6b, file 2 of 3, code c2a3cd313ae0

import json
import logging
import time

from django.core.exceptions import ValidationError
from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_length(value, field):
    """Read pages as a value of length."""
    if value is None:
        return None
    value = field.to_python(value)
    field.run_validators(value)
    return value


def new_released(value, field):
    """Read published as a value of released."""
    if value is None:
        return None
    value = field.to_python(value)
    field.run_validators(value)
    return value


def new_pages(value, field):
    """Read length as a value of pages."""
    if value is None:
        return None
    value = field.to_python(value)
    field.run_validators(value)
    return value


def new_published(value, field):
    """Read released as a value of published."""
    if value is None:
        return None
    value = field.to_python(value)
    field.run_validators(value)
    return value


def forwards_book_length(apps, schema_editor):
    """Pages and dates as text."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    length_field = Book._meta.get_field("length")
    released_field = Book._meta.get_field("released")
    given = books.order_by("pk").values_list("pages", flat=True)
    refused = []

    for value in given.iterator():
        try:
            new_length(value, length_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "library/migspecs/type_changes_that_come_back.yaml:19: "
            f"Book.length cannot hold these values of pages: {refused[:5]}"
        )

    given_2 = books.order_by("pk").values_list("published", flat=True)
    refused_2 = []

    for value_2 in given_2.iterator():
        try:
            new_released(value_2, released_field)
        except (ValidationError, ValueError):
            refused_2.append(value_2)

    if refused_2:
        raise ValueError(
            "library/migspecs/type_changes_that_come_back.yaml:19: "
            f"Book.released cannot hold these values of published: {refused_2[:5]}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books, size=10_000):
        rows = list(page.only("pk", "pages", "published"))
        for book in rows:
            book.length = new_length(book.pages, length_field)
            book.released = new_released(book.published, released_field)
        with transaction.atomic(using=alias):
            update_each(connection, Book, ["length", "released"], rows)


def backwards_book_length(apps, schema_editor):
    """Set Book.pages and published."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    pages_field = Book._meta.get_field("pages")
    published_field = Book._meta.get_field("published")
    given = books.order_by("pk").values_list("length", flat=True)
    refused = []

    for value in given.iterator():
        try:
            new_pages(value, pages_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "library/migspecs/type_changes_that_come_back.yaml:19: "
            f"Book.pages cannot hold these values of length: {refused[:5]}"
        )

    given_2 = books.order_by("pk").values_list("released", flat=True)
    refused_2 = []

    for value_2 in given_2.iterator():
        try:
            new_published(value_2, published_field)
        except (ValidationError, ValueError):
            refused_2.append(value_2)

    if refused_2:
        raise ValueError(
            "library/migspecs/type_changes_that_come_back.yaml:19: "
            f"Book.published cannot hold these values of released: {refused_2[:5]}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books, size=10_000):
        rows = list(page.only("pk", "length", "released"))
        for book in rows:
            book.pages = new_pages(book.length, pages_field)
            book.published = new_published(book.released, published_field)
        with transaction.atomic(using=alias):
            update_each(connection, Book, ["pages", "published"], rows)


def new_extra(value, field):
    """Read details as a value of extra."""
    if value is None:
        return None
    value = json.dumps(value)
    field.run_validators(value)
    return value


def new_details(value, field):
    """Read extra as a value of details."""
    if value is None:
        return None
    value = json.loads(value)
    field.run_validators(value)
    return value


def forwards_book_extra(apps, schema_editor):
    """JSON as text."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    extra_field = Book._meta.get_field("extra")
    given = books.order_by("pk").values_list("details", flat=True)
    refused = []

    for value in given.iterator():
        try:
            new_extra(value, extra_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "library/migspecs/type_changes_that_come_back.yaml:25: "
            f"Book.extra cannot hold these values of details: {refused[:5]}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books, size=10_000):
        rows = list(page.only("pk", "details"))
        for book in rows:
            book.extra = new_extra(book.details, extra_field)
        with transaction.atomic(using=alias):
            update_each(connection, Book, ["extra"], rows)


def backwards_book_extra(apps, schema_editor):
    """Set Book.details to extra, converted.

    Best effort: JSON's null comes back as NULL.
    """
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    details_field = Book._meta.get_field("details")

    empty = books.filter(extra__isnull=True).order_by("pk")
    if values := list(empty.values_list("pk", flat=True).distinct()[:5]):
        raise ValueError(
            "library/migspecs/type_changes_that_come_back.yaml:25: "
            "Book.details takes its values from extra, which is NULL in "
            f"these rows: {values}"
        )

    given = books.order_by("pk").values_list("extra", flat=True)
    refused = []

    for value in given.iterator():
        try:
            new_details(value, details_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "library/migspecs/type_changes_that_come_back.yaml:25: "
            f"Book.details cannot hold these values of extra: {refused[:5]}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books, size=10_000):
        rows = list(page.only("pk", "extra"))
        for book in rows:
            book.details = new_details(book.extra, details_field)
        with transaction.atomic(using=alias):
            update_each(connection, Book, ["details"], rows)


def new_founded(value, field):
    """Read city as a value of founded."""
    if value is None:
        return None
    try:
        value = field.to_python(value)
        field.run_validators(value)
        return value
    except (ValidationError, ValueError):
        return None


def new_city(value, field):
    """Read founded as a value of city."""
    if value is None:
        return None
    value = field.to_python(value)
    field.run_validators(value)
    return value


def forwards_publisher_founded(apps, schema_editor):
    """Years as numbers."""
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    founded_field = Publisher._meta.get_field("founded")

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(publishers, size=10_000):
        rows = list(page.only("pk", "city"))
        for publisher in rows:
            publisher.founded = new_founded(publisher.city, founded_field)
        with transaction.atomic(using=alias):
            update_each(connection, Publisher, ["founded"], rows)


def backwards_publisher_founded(apps, schema_editor):
    """Set Publisher.city to founded, converted where founded is not NULL.

    Best effort: city comes back as Python writes whole numbers, values of city that
    could not be converted do not come back.
    """
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    city_field = Publisher._meta.get_field("city")
    given = (
        publishers.filter(founded__isnull=False)
        .order_by("pk")
        .values_list("founded", flat=True)
    )
    refused = []

    for value in given.iterator():
        try:
            new_city(value, city_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "library/migspecs/type_changes_that_come_back.yaml:30: "
            f"Publisher.city cannot hold these values of founded: {refused[:5]}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(publishers, size=10_000):
        rows = list(page.filter(founded__isnull=False).only("pk", "founded"))
        for publisher in rows:
            publisher.city = new_city(publisher.founded, city_field)
        with transaction.atomic(using=alias):
            update_each(connection, Publisher, ["city"], rows)


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
        ("library", "0002_type_changes_that_come_back_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_book_length,
            backwards_book_length,
            hints={"model_name": "book"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_book_extra,
            backwards_book_extra,
            hints={"model_name": "book"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_publisher_founded,
            backwards_publisher_founded,
            hints={"model_name": "publisher"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_type_changes_that_come_back_cleanup.py
# Compiled by migspec from library/migspecs/type_changes_that_come_back.yaml, steps 8 to 11. Change the spec, not this file.
# spec 5f5e802a6f6b, file 3 of 3, code b52f0312a469

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_type_changes_that_come_back_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="pages"),
        migrations.RemoveField(model_name="book", name="published"),
        migrations.RemoveField(model_name="book", name="details"),
        migrations.RemoveField(model_name="publisher", name="city"),
    ]
