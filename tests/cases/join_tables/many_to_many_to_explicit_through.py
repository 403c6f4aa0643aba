# --- library/migrations/0002_many_to_many_to_explicit_through_schema.py
# Compiled by migspec from library/migspecs/many_to_many_to_explicit_through.yaml, step 1. Change the spec, not this file.
# spec 781350333cf0, file 1 of 4, code c173cf52011e

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tagging",
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
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="library.book"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="library.tag"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1)),
            ],
        ),
    ]

# --- library/migrations/0003_many_to_many_to_explicit_through_data.py
# Compiled by migspec from library/migspecs/many_to_many_to_explicit_through.yaml, step 2. Change the spec, not this file.
# spec 781350333cf0, file 2 of 4, code 4401307d3074

from django.core.management.color import no_style
from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Value


def forwards(apps, schema_editor):
    """Insert a Tagging for each Book_tags."""
    Tagging = apps.get_model("library", "Tagging")
    Book_tags = apps.get_model("library", "Book_tags")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tagging):
        return

    book_tags_rows = Book_tags._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Tagging,
        {"id": "id", "book_id": "book_id", "tag_id": "tag_id", "position": Value(1)},
        book_tags_rows,
    )
    reset_sequences(connection, Tagging)
    record_applied(connection, "library", "0003_many_to_many_to_explicit_through_data")


def backwards(apps, schema_editor):
    """Insert a Book_tags for each Tagging.

    Delete every Tagging.
    """
    Book_tags = apps.get_model("library", "Book_tags")
    Tagging = apps.get_model("library", "Tagging")
    connection = schema_editor.connection
    alias = connection.alias

    taggings = Tagging._base_manager.using(alias)
    book_tags_rows = Book_tags._base_manager.using(alias)
    there = book_tags_rows.filter(id=OuterRef("id"))
    if router.allow_migrate_model(alias, Book_tags):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        rows = taggings
        if book_tags_rows.exists():
            rows = rows.exclude(Exists(there))

        insert_select(
            connection,
            Book_tags,
            {"id": "id", "book_id": "book_id", "tag_id": "tag_id"},
            rows,
        )
        reset_sequences(connection, Book_tags)

    if router.allow_migrate_model(alias, Tagging):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        taggings._raw_delete(alias)


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


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_many_to_many_to_explicit_through_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "tagging"}, elidable=True
        ),
    ]

# --- library/migrations/0004_many_to_many_to_explicit_through_cleanup.py
# Compiled by migspec from library/migspecs/many_to_many_to_explicit_through.yaml, step 3. Change the spec, not this file.
# spec 781350333cf0, file 3 of 4, code a5d9251923ce

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_many_to_many_to_explicit_through_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="tags"),
    ]

# --- library/migrations/0005_many_to_many_to_explicit_through_schema_2.py
# Compiled by migspec from library/migspecs/many_to_many_to_explicit_through.yaml, step 4. Change the spec, not this file.
# spec 781350333cf0, file 4 of 4, code 487cfdbfbb81

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_many_to_many_to_explicit_through_cleanup"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="tags",
            field=models.ManyToManyField(
                blank=True, through="library.Tagging", to="library.tag"
            ),
        ),
    ]
