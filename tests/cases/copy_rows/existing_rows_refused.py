# --- library/migrations/0002_existing_rows_refused_data.py
# Compiled by migspec from library/migspecs/existing_rows_refused.yaml, step 1. Change the spec, not this file.
# spec 899e26fc77ed, file 1 of 1, code b42f9994efbe

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef


def forwards(apps, schema_editor):
    """A tag for every author with an e-mail address."""
    Tag = apps.get_model("library", "Tag")
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    authors = Author._base_manager.using(alias)
    tags = Tag._base_manager.using(alias)
    there = tags.filter(slug=OuterRef("email"))

    taken = authors.filter(email__isnull=False).filter(Exists(there)).order_by("email")
    if values := list(taken.values_list("email", flat=True)[:5]):
        raise ValueError(
            "library/migspecs/existing_rows_refused.yaml:6: rows of Tag "
            f"by slug are there already: {values}"
        )

    # One transaction: a second run would find its own rows there.
    insert_select(
        connection,
        Tag,
        {"slug": "email", "label": "first_name"},
        authors.filter(email__isnull=False),
    )
    record_applied(connection, "library", "0002_existing_rows_refused_data")


def backwards(apps, schema_editor):
    """Delete the rows of Tag where label__in=['Knut', 'Sigrid']."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One transaction: the whole step is one, as a second run would find its own
    # rows there.
    tags.filter(label__in=["Knut", "Sigrid"]).delete()


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
            forwards, backwards, hints={"model_name": "tag"}, elidable=True
        ),
    ]
