# --- shop/migrations/0002_copies_that_others_point_at_data.py
# Compiled by migspec from shop/migspecs/copies_that_others_point_at.yaml, step 1. Change the spec, not this file.
# spec 07b94abce709, file 1 of 1, code b160fb5f878b

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Value


def forwards(apps, schema_editor):
    """Insert a Category for each Customer."""
    Category = apps.get_model("shop", "Category")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    customers = Customer._base_manager.using(alias)
    categories = Category._base_manager.using(alias)
    there = categories.filter(name=OuterRef("country"))

    # One transaction: the whole step is one, as which rows go depends on the
    # others.
    insert_select(
        connection,
        Category,
        {"name": "country", "position": Value(9)},
        customers.exclude(Exists(there)).order_by().distinct(),
    )


def backwards(apps, schema_editor):
    """Delete the rows of Category where name is the country of a Customer and
    position=9 and parent_id is NULL, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals a copy in name,
    position and in the defaults of the others, and no other row points at it.
    """
    Category = apps.get_model("shop", "Category")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)
    customer = Customer._base_manager.using(alias).filter(country=OuterRef("name"))

    # One transaction: which rows go depends on the others.
    # From the leaves of a tree to its root.
    while (
        categories.filter(position=9, parent_id__isnull=True)
        .filter(Exists(customer))
        .filter(children__isnull=True, product__isnull=True)
        ._raw_delete(alias)
    ):
        pass

    record_unapplied(connection, "shop", "0002_copies_that_others_point_at_data")


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


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "category"}, elidable=True
        ),
    ]
