# --- library/migrations/0002_foreign_key_to_many_to_many_schema.py
# Compiled by migspec from library/migspecs/foreign_key_to_many_to_many.yaml, step 1. Change the spec, not this file.
# spec 76194e5c5d48, file 1 of 3, code a57a11966375

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="publishers",
            field=models.ManyToManyField(
                related_name="publications", to="library.publisher"
            ),
        ),
    ]

# --- library/migrations/0003_foreign_key_to_many_to_many_data.py
# Compiled by migspec from library/migspecs/foreign_key_to_many_to_many.yaml, step 2. Change the spec, not this file.
# spec 76194e5c5d48, file 2 of 3, code 27911f473bf7

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Subquery


def forwards(apps, schema_editor):
    """Insert a Book_publishers for each Book where publisher_id is not NULL."""
    Book_publishers = apps.get_model("library", "Book_publishers")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book_publishers):
        return

    books = Book._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Book_publishers,
        {"book_id": "id", "publisher_id": "publisher_id"},
        books.filter(publisher_id__isnull=False),
    )
    record_applied(connection, "library", "0003_foreign_key_to_many_to_many_data")


def backwards(apps, schema_editor):
    """Set Book.publisher from the Book_publishers of each Book, the first by id.

    Delete every Book_publishers.
    """
    Book = apps.get_model("library", "Book")
    Book_publishers = apps.get_model("library", "Book_publishers")
    connection = schema_editor.connection
    alias = connection.alias

    books = Book._base_manager.using(alias)
    book_publishers_rows_2 = Book_publishers._base_manager.using(alias)
    if router.allow_migrate_model(alias, Book):
        book_publishers_rows = (
            Book_publishers._base_manager.using(alias)
            .filter(book_id=OuterRef("id"))
            .order_by("id")
        )

        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        books.filter(Exists(book_publishers_rows)).update(
            publisher_id=Subquery(book_publishers_rows.values("publisher_id")[:1])
        )

    if router.allow_migrate_model(alias, Book_publishers):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        book_publishers_rows_2._raw_delete(alias)

    record_unapplied(connection, "library", "0003_foreign_key_to_many_to_many_data")


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


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_foreign_key_to_many_to_many_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book_publishers"}, elidable=True
        ),
    ]

# --- library/migrations/0004_foreign_key_to_many_to_many_cleanup.py
# Compiled by migspec from library/migspecs/foreign_key_to_many_to_many.yaml, step 3. Change the spec, not this file.
# spec 76194e5c5d48, file 3 of 3, code 73b0b2ad6229

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_foreign_key_to_many_to_many_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="publisher"),
    ]
