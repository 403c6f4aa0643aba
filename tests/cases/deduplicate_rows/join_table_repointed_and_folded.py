# --- library/migrations/0002_join_table_repointed_and_folded_data.py
# Compiled by migspec from library/migspecs/join_table_repointed_and_folded.yaml, step 1. Change the spec, not this file.
# spec b02ef64c2974, file 1 of 2, code f2e75701ab49

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Case, Value, When, Window
from django.db.models.functions import FirstValue, RowNumber


def forwards(apps, schema_editor):
    """Delete the rows of Book_tags that repeat book_id and tag.label, but the first by
    pk.

    Let Book_tags.tag point at the Tag that is kept.

    Delete the rows of Tag that repeat label, but the first by id.

    It cannot be rolled back: the same tag was entered several times.
    """
    Book_tags = apps.get_model("library", "Book_tags")
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias

    book_tags_rows = Book_tags._base_manager.using(alias)
    repeated_book_tags_rows = book_tags_rows.annotate(
        nth=Window(RowNumber(), partition_by=["book_id", "tag__label"], order_by=["pk"])
    ).filter(nth__gt=1)
    tags = Tag._base_manager.using(alias)
    repeated_tags = tags.annotate(
        nth=Window(RowNumber(), partition_by=["label"], order_by=["id"])
    ).filter(nth__gt=1)
    kept_tags = repeated_tags.annotate(
        kept=Window(FirstValue("id"), partition_by=["label"], order_by=["id"])
    ).values_list("id", "kept")
    if router.allow_migrate_model(alias, Book_tags):
        # One transaction: which rows go depends on the others.
        book_tags_rows.filter(pk__in=repeated_book_tags_rows.values("pk"))._raw_delete(
            alias
        )
        repoint(book_tags_rows, "tag_id", dict(kept_tags))

    if router.allow_migrate_model(alias, Tag):
        # One transaction: which rows go depends on the others.
        tags.filter(pk__in=repeated_tags.values("pk"))._raw_delete(alias)

    record_applied(connection, "library", "0002_join_table_repointed_and_folded_data")


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

# --- library/migrations/0003_join_table_repointed_and_folded_cleanup.py
# Compiled by migspec from library/migspecs/join_table_repointed_and_folded.yaml, step 2. Change the spec, not this file.
# spec b02ef64c2974, file 2 of 2, code 363a5ba68e80

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_join_table_repointed_and_folded_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="tag",
            name="label",
            field=models.CharField(max_length=50, unique=True),
        ),
    ]
