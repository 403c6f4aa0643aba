# --- library/migrations/0002_pointed_at_schema.py
# Compiled by migspec from library/migspecs/pointed_at.yaml, step 1. Change the spec, not this file.
# spec 26ed21398e11, file 1 of 3, code 1de2b1685137

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BookText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("summary", models.TextField()),
                ("details", models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.AddField(
            model_name="book",
            name="text",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="library.booktext",
            ),
        ),
        # So that rolling back can add Book.summary before it has values.
        migrations.AlterField(
            model_name="book", name="summary", field=models.TextField(null=True)
        ),
    ]

# --- library/migrations/0003_pointed_at_data.py
# Compiled by migspec from library/migspecs/pointed_at.yaml, step 1. Change the spec, not this file.
# spec 26ed21398e11, file 2 of 3, code a331ae71b208

import logging
import time

from django.core.management.color import no_style
from django.db import connections, migrations, router, transaction
from django.db.models import Exists, F, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_copy_book_text(apps, schema_editor):
    """Insert a BookText for each Book."""
    BookText = apps.get_model("library", "BookText")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, BookText):
        return

    books = Book._base_manager.using(alias)
    book_texts = BookText._base_manager.using(alias)
    there = book_texts.filter(id=OuterRef("id"))

    # One transaction: the table is new, and nobody waits for it.
    with transaction.atomic(using=alias):
        rows = books
        if book_texts.exists():
            rows = rows.exclude(Exists(there))
        insert_select(
            connection,
            BookText,
            {"id": "id", "summary": "summary", "details": "details"},
            rows,
        )

    reset_sequences(connection, BookText)


def backwards_copy_book_text(apps, schema_editor):
    """Set Book.summary and details from the BookText of each Book."""
    Book = apps.get_model("library", "Book")
    BookText = apps.get_model("library", "BookText")
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
                connection,
                page,
                BookText,
                {"id": "id"},
                {"summary": "summary", "details": "details"},
            )


def forwards_book_text_id(apps, schema_editor):
    """Set Book.text from id."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(text_id=F("id"))
            check_foreign_keys(connection, Book)


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


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_pointed_at_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_copy_book_text,
            backwards_copy_book_text,
            hints={"model_name": "booktext"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_text_id,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_pointed_at_cleanup.py
# Compiled by migspec from library/migspecs/pointed_at.yaml, step 1. Change the spec, not this file.
# spec 26ed21398e11, file 3 of 3, code 170fc3a7e58c

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_pointed_at_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="summary"),
        migrations.RemoveField(model_name="book", name="details"),
        migrations.AlterField(
            model_name="book",
            name="text",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, to="library.booktext"
            ),
        ),
    ]
