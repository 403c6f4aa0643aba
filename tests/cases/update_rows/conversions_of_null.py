# --- library/migrations/0002_conversions_of_null_schema.py
# Compiled by migspec from library/migspecs/conversions_of_null.yaml, steps 1 to 3. Change the spec, not this file.
# spec 399c3ff4e867, file 1 of 2, code 6b1a18257d22

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="length",
            field=models.CharField(default="", max_length=10),
        ),
        migrations.AddField(
            model_name="book",
            name="shelf",
            field=models.CharField(default="", max_length=10),
        ),
        migrations.AddField(
            model_name="book", name="extra", field=models.JSONField(default=dict)
        ),
    ]

# --- library/migrations/0003_conversions_of_null_data.py
# Compiled by migspec from library/migspecs/conversions_of_null.yaml, step 4. Change the spec, not this file.
# spec 399c3ff4e867, file 2 of 2, code 217ec236bf51

import logging
import time

from django.core.exceptions import ValidationError
from django.db import connections, migrations, router, transaction
from django.db.models import F

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_length(value, field):
    """Read pages as a value of length."""
    if value is None:
        return None
    value = field.to_python(value)
    field.run_validators(value)
    return value


def new_shelf(value, field):
    """Read published as a value of shelf."""
    if value is None:
        return "none"
    value = field.to_python(value)
    field.run_validators(value)
    return value


def new_extra(details):
    """details with other keys; JSON that is no mapping stays as it is."""
    if not isinstance(details, dict):
        return details
    kept = {key: value for key, value in details.items() if key not in ("a",)}
    names = {"a": "b"}
    renamed = {new: details[old] for old, new in names.items() if old in details}
    return kept | renamed | {"seen": True}


def forwards(apps, schema_editor):
    """Set Book.length, shelf and extra."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    length_field = Book._meta.get_field("length")
    shelf_field = Book._meta.get_field("shelf")

    empty = books.filter(pages__isnull=True).order_by("pk")
    if values := list(empty.values_list("pk", flat=True).distinct()[:5]):
        raise ValueError(
            "library/migspecs/conversions_of_null.yaml:15: Book.length "
            f"takes its values from pages, which is NULL in these rows: {values}"
        )

    given = books.order_by("pk").values_list("pages", flat=True)
    refused = []

    for value in given.iterator():
        try:
            new_length(value, length_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "library/migspecs/conversions_of_null.yaml:15: Book.length "
            f"cannot hold these values of pages: {refused[:5]}"
        )

    given_2 = books.order_by("pk").values_list("published", flat=True)
    refused_2 = []

    for value_2 in given_2.iterator():
        try:
            new_shelf(value_2, shelf_field)
        except (ValidationError, ValueError):
            refused_2.append(value_2)

    if refused_2:
        raise ValueError(
            "library/migspecs/conversions_of_null.yaml:15: Book.shelf "
            f"cannot hold these values of published: {refused_2[:5]}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books, size=10_000):
        rows = list(page.only("pk", "pages", "published", "details"))
        for book in rows:
            book.length = new_length(book.pages, length_field)
            book.shelf = new_shelf(book.published, shelf_field)
            book.extra = new_extra(book.details)
        with transaction.atomic(using=alias):
            page.update(extra=F("details"))
            update_each(connection, Book, ["length", "shelf"], rows)
            update_each(
                connection,
                Book,
                ["extra"],
                [book for book in rows if book.extra is not None],
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
        ("library", "0002_conversions_of_null_schema"),
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
