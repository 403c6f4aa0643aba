# --- library/migrations/0002_link_to_one_row_data.py
# Compiled by migspec from library/migspecs/link_to_one_row.yaml, step 1. Change the spec, not this file.
# spec 4d407320e4e0, file 1 of 2, code 86843e7c4e11

from django.db import migrations, router

TAGS = [
    {"slug": "planned", "label": "Planned"},
]


def forwards(apps, schema_editor):
    """Insert 1 row of Tag, each unless its slug is there."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)
    tags.bulk_create(
        [Tag(**row) for row in TAGS if not tags.filter(slug=row["slug"]).exists()]
    )


def backwards(apps, schema_editor):
    """Delete the 1 row of Tag listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    for row in TAGS:
        tags.filter(**row, book__isnull=True)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "tag"}),
    ]

# --- library/migrations/0003_link_to_one_row_data_2.py
# Compiled by migspec from library/migspecs/link_to_one_row.yaml, step 2. Change the spec, not this file.
# spec 4d407320e4e0, file 2 of 2, code de79ea192c01

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Subquery


def forwards(apps, schema_editor):
    """Insert a Book_tags for each Book where status=1."""
    Book_tags = apps.get_model("library", "Book_tags")
    Book = apps.get_model("library", "Book")
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book_tags):
        return

    books = Book._base_manager.using(alias)
    tag = Tag._base_manager.using(alias).filter(slug="planned")
    book_tags_rows = Book_tags._base_manager.using(alias)
    there = book_tags_rows.filter(book_id=OuterRef("id"), tag_id=OuterRef("new_tag_id"))
    if books.filter(status=1).exists() and (number := tag.count()) != 1:
        raise ValueError(
            "library/migspecs/link_to_one_row.yaml:11: there must be one "
            f"Tag where slug='planned'; there are: {number}"
        )

    # One transaction: a key that is NULL would be inserted again.
    insert_select(
        connection,
        Book_tags,
        {"book_id": "id", "tag_id": "new_tag_id"},
        books.filter(status=1)
        .annotate(new_tag_id=Subquery(tag.values("id")))
        .exclude(Exists(there)),
    )
    record_applied(connection, "library", "0003_link_to_one_row_data_2")


def backwards(apps, schema_editor):
    """Delete the rows of Book_tags where book_id is the id of a Book and
    tag__slug='planned'.

    Best effort: a row that was there before goes too if it equals a copy in book_id,
    tag_id.
    """
    Book_tags = apps.get_model("library", "Book_tags")
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book_tags):
        return

    book_tags_rows = Book_tags._base_manager.using(alias)
    book = (
        Book._base_manager.using(alias).filter(id=OuterRef("book_id")).filter(status=1)
    )

    # One transaction: the whole step is one, as a key that is NULL would be
    # inserted again.
    book_tags_rows.filter(tag__slug="planned").filter(Exists(book))._raw_delete(alias)


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
        ("library", "0002_link_to_one_row_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book_tags"}, elidable=True
        ),
    ]
