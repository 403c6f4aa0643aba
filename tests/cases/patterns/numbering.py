# --- library/migrations/0002_numbering_schema.py
# Compiled by migspec from library/migspecs/numbering.yaml, steps 1 to 4. Change the spec, not this file.
# spec e806551e61a7, file 1 of 3, code 485831dd324c

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="position",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="book", name="number", field=models.IntegerField(null=True)
        ),
        migrations.AddField(
            model_name="book",
            name="sort_order",
            field=models.IntegerField(default=65535),
        ),
        migrations.AddField(
            model_name="tag", name="number", field=models.IntegerField(null=True)
        ),
    ]

# --- library/migrations/0003_numbering_data.py
# Compiled by migspec from library/migspecs/numbering.yaml, steps 5, 6. Change the spec, not this file.
# spec e806551e61a7, file 2 of 3, code b1b692fd4aa9

from django.db import migrations, router
from django.db.models import F, Window
from django.db.models.functions import RowNumber


def forwards_book_position(apps, schema_editor):
    """The books of each author in the order of their years, those without one last."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One statement, as a number counts other rows.
    update_select(
        connection,
        Book,
        {
            "position": Window(
                RowNumber(),
                partition_by=["author_id"],
                order_by=[F("published").asc(nulls_last=True), "title", "id"],
            ),
            "number": Window(RowNumber(), order_by=["-id"]) + 99,
            "sort_order": Window(RowNumber(), order_by=["title", "id"]) * 50 + 50,
        },
        books,
    )


def forwards_tag_number(apps, schema_editor):
    """Only those that are numbered count."""
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One statement, as a number counts other rows.
    update_select(
        connection,
        Tag,
        {"number": Window(RowNumber(), order_by=["id"])},
        tags.filter(label__gt=""),
    )


def update_select(connection, model, columns, rows):
    """UPDATE model SET columns to expressions over rows; all of them are computed before the first row is written."""
    keys = {
        f"key_{number}": field for number, field in enumerate(model._meta.pk_fields)
    }
    news = {
        f"new_{number}": model._meta.get_field(name)
        for number, name in enumerate(columns)
    }
    named = {name: F(field.attname) for name, field in keys.items()} | dict(
        zip(news, columns.values(), strict=True)
    )
    query = rows.order_by().values(**named).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(
        f"{table}.{quote(field.column)} = computed.{quote(name)}"
        for name, field in keys.items()
    )
    sets = ", ".join(
        f"{quote(field.column)} = computed.{quote(name)}"
        for name, field in news.items()
    )
    if connection.vendor == "mysql":
        sql = f"UPDATE {table} INNER JOIN ({select}) computed ON {same} SET {sets}"
    else:
        sql = f"UPDATE {table} SET {sets} FROM ({select}) computed WHERE {same}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_numbering_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_position,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_tag_number,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_numbering_cleanup.py
# Compiled by migspec from library/migspecs/numbering.yaml, step 7. Change the spec, not this file.
# spec e806551e61a7, file 3 of 3, code e3ea5142527a

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_numbering_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="number",
            field=models.IntegerField(null=True, unique=True),
        ),
    ]
