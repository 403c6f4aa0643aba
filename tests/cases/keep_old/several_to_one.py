# --- library/migrations/0002_several_to_one_schema.py
# Compiled by migspec from library/migspecs/several_to_one.yaml, steps 1, 2, 5. Change the spec, not this file.
# spec 30fcbd029801, file 1 of 4, code a60522f3b8c9

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="state",
            field=models.CharField(default="", max_length=10),
        ),
        # So that rolling back can add Book.status before it has values.
        migrations.AlterField(
            model_name="book",
            name="status",
            field=models.IntegerField(
                help_text="1 planned, 2 in print, 3 out of print", null=True
            ),
        ),
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="KeptBook",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("status", models.IntegerField()),
                    ],
                    options={"db_table": "library_several_to_one_2_kept_book"},
                ),
                migrations.CreateModel(
                    name="KeptTag",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("label", models.CharField(max_length=50)),
                    ],
                    options={"db_table": "library_several_to_one_5_kept_tag"},
                ),
            ]
        ),
    ]

# --- library/migrations/0003_several_to_one_data.py
# Compiled by migspec from library/migspecs/several_to_one.yaml, step 2. Change the spec, not this file.
# spec 30fcbd029801, file 2 of 4, code 900c3ab73c9c

import logging
import time

from django.apps.registry import Apps
from django.db import connections, migrations, models, router, transaction
from django.db.models import Case, Exists, OuterRef, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
STATE_BY_STATUS = {
    1: "other",
    2: "in print",
    3: "other",
}


class KeptBook(models.Model):
    """What is taken from Book."""

    id = models.BigIntegerField(primary_key=True)
    status = models.IntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_several_to_one_2_kept_book"


def forwards(apps, schema_editor):
    """Only what is in print has a state of its own."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    state = Case(
        *(When(status=old, then=Value(new)) for old, new in STATE_BY_STATUS.items())
    )

    unmapped = (
        books.filter(status__in=[1, 2, 3])
        .alias(new_state=state)
        .filter(new_state=None)
        .order_by("status")
    )
    if values := list(unmapped.values_list("status", flat=True).distinct()[:5]):
        raise ValueError(
            "library/migspecs/several_to_one.yaml:9: the map of "
            f"Book.state does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            keep_old(connection, KeptBook, page)
            page.filter(status__in=[1, 2, 3]).update(state=state)


def backwards(apps, schema_editor):
    """Set Book.status back."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return
    check_kept(connection, KeptBook, "library/migspecs/several_to_one.yaml:9")

    books = Book._base_manager.using(alias)
    kept_books = KeptBook._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            update_from(connection, page, KeptBook, {"id": "id"}, {"status": "status"})

    kept_books._raw_delete(alias)


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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_several_to_one_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0004_several_to_one_data_2.py
# Compiled by migspec from library/migspecs/several_to_one.yaml, step 5. Change the spec, not this file.
# spec 30fcbd029801, file 3 of 4, code 21ba004883e0

from django.apps.registry import Apps
from django.db import migrations, models, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef
from django.db.models.functions import Upper


class KeptTag(models.Model):
    """What is taken from Tag."""

    id = models.BigIntegerField(primary_key=True)
    label = models.CharField(max_length=50)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_several_to_one_5_kept_tag"


def forwards(apps, schema_editor):
    """Labels in upper case."""
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One transaction: the new label is computed from what is written, so a second
    # run would change it again.
    keep_old(connection, KeptTag, tags)
    tags.update(label=Upper("label"))
    record_applied(connection, "library", "0004_several_to_one_data_2")


def backwards(apps, schema_editor):
    """Set Tag.label back."""
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return
    check_kept(connection, KeptTag, "library/migspecs/several_to_one.yaml:19")

    tags = Tag._base_manager.using(alias)
    kept_tags = KeptTag._base_manager.using(alias)

    # One transaction: the whole step is one, as the new label is computed from what
    # is written, so a second run would change it again.
    update_from(connection, tags, KeptTag, {"id": "id"}, {"label": "label"})
    kept_tags._raw_delete(alias)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_several_to_one_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "tag"}, elidable=True
        ),
    ]

# --- library/migrations/0005_several_to_one_cleanup.py
# Compiled by migspec from library/migspecs/several_to_one.yaml, steps 3, 4. Change the spec, not this file.
# spec 30fcbd029801, file 4 of 4, code e7016975a11d

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_several_to_one_data_2"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="book", name="book_status_idx"),
        migrations.RemoveField(model_name="book", name="status"),
    ]
