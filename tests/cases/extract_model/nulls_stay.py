# --- library/migrations/0002_nulls_stay_schema.py
# Compiled by migspec from library/migspecs/nulls_stay.yaml, step 1. Change the spec, not this file.
# spec ef0026080521, file 1 of 4, code 8f49b819e341

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Format",
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
                ("pages", models.PositiveIntegerField(unique=True)),
            ],
        ),
        migrations.AddField(
            model_name="book",
            name="format",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="library.format",
            ),
        ),
    ]

# --- library/migrations/0003_nulls_stay_data.py
# Compiled by migspec from library/migspecs/nulls_stay.yaml, step 1. Change the spec, not this file.
# spec ef0026080521, file 2 of 4, code b7cfbeaa15d7

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef


def forwards(apps, schema_editor):
    """Insert a Format for each Book where pages is not NULL."""
    Format = apps.get_model("library", "Format")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Format):
        return

    books = Book._base_manager.using(alias)
    formats = Format._base_manager.using(alias)
    there = formats.filter(pages=OuterRef("pages"))

    # One transaction: a key that is NULL would be inserted again.
    rows = books.filter(pages__isnull=False)
    if formats.exists():
        rows = rows.exclude(Exists(there))

    insert_select(connection, Format, {"pages": "pages"}, rows.order_by().distinct())
    record_applied(connection, "library", "0003_nulls_stay_data")


def backwards(apps, schema_editor):
    """Delete every Format."""
    Format = apps.get_model("library", "Format")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Format):
        return

    formats = Format._base_manager.using(alias)

    # One transaction: the whole step is one, as a key that is NULL would be
    # inserted again.
    formats._raw_delete(alias)


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
        ("library", "0002_nulls_stay_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "format"}, elidable=True
        ),
    ]

# --- library/migrations/0004_nulls_stay_data_2.py
# Compiled by migspec from library/migspecs/nulls_stay.yaml, step 1. Change the spec, not this file.
# spec ef0026080521, file 3 of 4, code 87edd0427a2c

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Subquery


def forwards(apps, schema_editor):
    """Set Book.format from the Format of each Book."""
    Book = apps.get_model("library", "Book")
    Format = apps.get_model("library", "Format")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    format_2 = Format._base_manager.using(alias).filter(pages=OuterRef("pages"))

    # One transaction: the whole step is one, as what comes first reads Book, which
    # is changed after it.
    books.filter(Exists(format_2)).update(format_id=Subquery(format_2.values("pk")[:1]))


def backwards(apps, schema_editor):
    """Set Book.pages from the Format of each Book.

    Set Book.format to NULL where format_id is not NULL.
    """
    Book = apps.get_model("library", "Book")
    Format = apps.get_model("library", "Format")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the whole step is one, as what comes first reads Book, which
    # is changed after it.
    update_from(connection, books, Format, {"format_id": "id"}, {"pages": "pages"})

    # One transaction: the whole step is one, as what comes first reads Book, which
    # is changed after it.
    books.filter(format_id__isnull=False).update(format_id=None)
    record_unapplied(connection, "library", "0004_nulls_stay_data_2")


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


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_nulls_stay_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0005_nulls_stay_cleanup.py
# Compiled by migspec from library/migspecs/nulls_stay.yaml, step 1. Change the spec, not this file.
# spec ef0026080521, file 4 of 4, code 079aa213c910

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_nulls_stay_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="pages"),
    ]
