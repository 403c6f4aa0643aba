# --- library/migrations/0002_into_a_kept_table_by_key_data.py
# Compiled by migspec from library/migspecs/into_a_kept_table_by_key.yaml, step 1. Change the spec, not this file.
# spec 7d7ac26ada6b, file 1 of 1, code 84bc2453610a

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat


def forwards(apps, schema_editor):
    """Authors who publish their own books."""
    Publisher = apps.get_model("library", "Publisher")
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    authors = Author._base_manager.using(alias)
    publishers = Publisher._base_manager.using(alias)
    there = publishers.filter(name=OuterRef("new_name"))

    # One transaction: a key that is NULL would be inserted again.
    insert_select(
        connection,
        Publisher,
        {"name": "new_name", "city": Value("self-published"), "country": Value("")},
        authors.filter(
            pk__in=Author._base_manager.using(alias)
            .filter(books__publisher_id__isnull=True, books__isnull=False)
            .values("pk")
        )
        .annotate(new_name=Concat("first_name", Value(" "), "last_name"))
        .exclude(Exists(there))
        .order_by()
        .distinct(),
    )
    record_applied(connection, "library", "0002_into_a_kept_table_by_key_data")


def backwards(apps, schema_editor):
    """Delete the rows of Publisher where city='self-published'."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    # One transaction: the whole step is one, as a key that is NULL would be
    # inserted again.
    publishers.filter(city="self-published").delete()


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
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "publisher"}, elidable=True
        ),
    ]
