# --- library/migrations/0002_no_row_is_meant_schema.py
# Compiled by migspec from library/migspecs/no_row_is_meant.yaml, step 1. Change the spec, not this file.
# spec f0227db80606, file 1 of 2, code da1fef610bd4

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="KeptBook",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("status", models.IntegerField()),
                    ],
                    options={"db_table": "library_no_row_is_meant_1_kept_book"},
                ),
            ]
        ),
    ]

# --- library/migrations/0003_no_row_is_meant_data.py
# Compiled by migspec from library/migspecs/no_row_is_meant.yaml, steps 1, 2. Change the spec, not this file.
# spec f0227db80606, file 2 of 2, code 7ba7af639e04

import logging
import time

from django.apps.registry import Apps
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class KeptBook(models.Model):
    """What is taken from Book."""

    id = models.BigIntegerField(primary_key=True)
    status = models.IntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_no_row_is_meant_1_kept_book"


def forwards_book_status(apps, schema_editor):
    """The list of books is still empty."""
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
            chosen = page.filter(isbn__in=[])
            keep_old(connection, KeptBook, chosen)
            chosen.update(status=3)


def backwards_book_status(apps, schema_editor):
    """Set Book.status back."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return
    check_kept(connection, KeptBook, "library/migspecs/no_row_is_meant.yaml:6")

    books = Book._base_manager.using(alias)
    kept_books = KeptBook._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            update_from(connection, page, KeptBook, {"id": "id"}, {"status": "status"})

    kept_books._raw_delete(alias)


def forwards_copy_tag(apps, schema_editor):
    """Insert a Tag for each Publisher where country__in=[]."""
    Tag = apps.get_model("library", "Tag")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    publishers = Publisher._base_manager.using(alias)
    tags = Tag._base_manager.using(alias)
    there = tags.filter(slug=OuterRef("name"))

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(publishers, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Tag,
                {"slug": "name", "label": "city"},
                page.filter(country__in=[]).exclude(Exists(there)),
            )


def backwards_copy_tag(apps, schema_editor):
    """Delete the rows of Tag where slug is the name and label is the city of a
    Publisher, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals a copy in slug,
    label, and no other row points at it.
    """
    Tag = apps.get_model("library", "Tag")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)
    publisher = (
        Publisher._base_manager.using(alias)
        .filter(name=OuterRef("slug"), city=OuterRef("label"))
        .filter(country__in=[])
    )

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(tags, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(Exists(publisher)).filter(book__isnull=True)._raw_delete(alias)
            check_foreign_keys(connection)


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


def keep_old(connection, kept, rows):
    """Save rows in their side table, but those that it has: in a second run they are not the old ones."""
    names = [field.attname for field in kept._meta.concrete_fields]
    key = {field.attname: OuterRef(field.attname) for field in kept._meta.pk_fields}
    there = kept._base_manager.using(connection.alias).filter(**key)
    insert_select(
        connection, kept, {name: name for name in names}, rows.exclude(Exists(there))
    )


def check_kept(connection, kept, step):
    """Stop where there is no side table: a migration that was only faked has not made it."""
    if kept._meta.db_table not in connection.introspection.table_names():
        raise RuntimeError(
            f"{step}: what it kept is not there, in table {kept._meta.db_table}"
        )


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


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_no_row_is_meant_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_book_status,
            backwards_book_status,
            hints={"model_name": "book"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_copy_tag,
            backwards_copy_tag,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]
