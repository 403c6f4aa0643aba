# --- shop/migrations/0002_same_model_as_source_data.py
# Compiled by migspec from shop/migspecs/same_model_as_source.yaml, step 1. Change the spec, not this file.
# spec f7de34b2bbc7, file 1 of 1, code f6db02cdb8c7

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, F, OuterRef, Subquery


def forwards(apps, schema_editor):
    """A category without a position stands where its parent stands."""
    Category = apps.get_model("shop", "Category")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)
    matching = Category._base_manager.using(alias).filter(id=OuterRef("parent_id"))

    # One statement: it reads other rows of Category in columns that it writes.
    update_select(
        connection,
        Category,
        {"position": Subquery(matching.values("position")[:1])},
        categories.filter(position=0).filter(Exists(matching)),
    )
    record_applied(connection, "shop", "0002_same_model_as_source_data")


def backwards(apps, schema_editor):
    """Set Category.position to 0 where parent_id is not NULL."""
    Category = apps.get_model("shop", "Category")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Category):
        return

    categories = Category._base_manager.using(alias)

    # One transaction: the whole step is one, as it reads other rows of Category in
    # columns that it writes.
    categories.filter(parent_id__isnull=False).update(position=0)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "category"}, elidable=True
        ),
    ]
