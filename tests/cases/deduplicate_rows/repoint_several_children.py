# --- library/migrations/0002_repoint_several_children_data.py
# Compiled by migspec from library/migspecs/repoint_several_children.yaml, step 1. Change the spec, not this file.
# spec c8e40886c25d, file 1 of 1, code 17408395907c

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Case, Value, When, Window
from django.db.models.functions import FirstValue, RowNumber


def forwards(apps, schema_editor):
    """Delete the rows of Contribution that repeat author.first_name, author.last_name,
    book_id and role, but the first by pk.

    Let Book.author point at the Author that is kept.

    Let Contribution.author point at the Author that is kept.

    Delete the rows of Author that repeat first_name and last_name, but the first by
    -id.

    It cannot be rolled back: the same author was entered several times.
    """
    Contribution = apps.get_model("library", "Contribution")
    Book = apps.get_model("library", "Book")
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias

    contributions = Contribution._base_manager.using(alias)
    repeated_contributions = (
        contributions.filter(author__last_name__gt="A")
        .annotate(
            nth=Window(
                RowNumber(),
                partition_by=[
                    "author__first_name",
                    "author__last_name",
                    "book_id",
                    "role",
                ],
                order_by=["pk"],
            )
        )
        .filter(nth__gt=1)
    )
    authors = Author._base_manager.using(alias)
    repeated_authors = (
        authors.filter(last_name__gt="A")
        .annotate(
            nth=Window(
                RowNumber(), partition_by=["first_name", "last_name"], order_by=["-id"]
            )
        )
        .filter(nth__gt=1)
    )
    books = Book._base_manager.using(alias)
    kept_authors = repeated_authors.annotate(
        kept=Window(
            FirstValue("id"), partition_by=["first_name", "last_name"], order_by=["-id"]
        )
    ).values_list("id", "kept")
    if router.allow_migrate_model(alias, Contribution):
        # One transaction: which rows go depends on the others.
        contributions.filter(pk__in=repeated_contributions.values("pk"))._raw_delete(
            alias
        )

    if router.allow_migrate_model(alias, Book):
        repoint(books, "author_id", dict(kept_authors))

    if router.allow_migrate_model(alias, Contribution):
        repoint(contributions, "author_id", dict(kept_authors))

    if router.allow_migrate_model(alias, Author):
        # One transaction: which rows go depends on the others.
        authors.filter(pk__in=repeated_authors.values("pk"))._raw_delete(alias)

    record_applied(connection, "library", "0002_repoint_several_children_data")


def repoint(queryset, name, kept, size=500):
    """Let a foreign key point at what is kept, where it points at what is not: kept is a dict of keys.

    To look the kept row up for each row that points there would take long.
    """
    field = queryset.model._meta.get_field(name)
    keys = list(kept)
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        cases = [
            When(**{name: key}, then=Value(kept[key], field.target_field))
            for key in some
        ]
        queryset.filter(**{f"{name}__in": some}).update(**{name: Case(*cases)})


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, elidable=True),
    ]
