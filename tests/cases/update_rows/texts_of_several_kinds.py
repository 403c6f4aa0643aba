# --- library/migrations/0002_texts_of_several_kinds_schema.py
# Compiled by migspec from library/migspecs/texts_of_several_kinds.yaml, steps 1 to 3. Change the spec, not this file.
# spec 22d0bf6cef9c, file 1 of 3, code 6a69672a37a2

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="name",
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.CreateModel(
            name="Heading",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("text", models.CharField(max_length=300)),
            ],
        ),
        migrations.AddField(
            model_name="book", name="blurb", field=models.TextField(null=True)
        ),
    ]

# --- library/migrations/0003_texts_of_several_kinds_data.py
# Compiled by migspec from library/migspecs/texts_of_several_kinds.yaml, steps 4, 5, 7. Change the spec, not this file.
# spec 22d0bf6cef9c, file 2 of 3, code fd62dcd6a504

import logging
import time

from django.db import connections, migrations, models, router, transaction
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat, NullIf

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_tag_name(apps, schema_editor):
    """Set Tag.name to Concat('label', Value(' #'), 'slug') where ~Q(label='')."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(tags):
        with transaction.atomic(using=alias):
            page.filter(~Q(label="")).update(
                name=Concat(
                    "label", Value(" #"), "slug", output_field=models.CharField()
                )
            )


def forwards_tag_name_2(apps, schema_editor):
    """Set Tag.name to Concat(Value('#'), 'slug') where name is NULL."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(tags):
        with transaction.atomic(using=alias):
            page.filter(name__isnull=True).update(
                name=Concat(Value("#"), "slug", output_field=models.CharField())
            )


def forwards_book_blurb(apps, schema_editor):
    """The summary, or who published it."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    same_book = Book._base_manager.using(alias).filter(pk=OuterRef("pk"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(title=F("isbn")).update(
                blurb=Subquery(
                    same_book.annotate(
                        new_value=Coalesce(
                            NullIf(
                                "summary", Value(""), output_field=models.TextField()
                            ),
                            "publisher__name",
                            Value("?"),
                            output_field=models.TextField(),
                        )
                    ).values("new_value")[:1]
                )
            )


def key_ranges(queryset, size=None, large_on=("sqlite",)):
    """Yield the rows of queryset in ranges of keys, up to the last there is now; quick ones grow.

    On the databases large_on they are large from the first: nobody there waits for what a range locks.
    """
    largest = size or 1_000_000
    if size is None:
        size = largest if connections[queryset.db].vendor in large_on else BATCH_SIZE
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    # Keys that are numbers tell how many there may be without counting.
    total = last - first + 1 if isinstance(last, int) else queryset.count()
    if total <= size:
        yield queryset
        return
    done, following = 0, list(keys[:10])
    while following:
        began = time.monotonic()
        low = following[0]
        # Where few numbers seem to be missing, none are counted: that reads every row.
        if isinstance(low, int) and following[-1] - low <= 4 * len(following):
            high = min(low + size - 1, last)
        else:
            rest = keys.filter(pk__gte=low, pk__lte=last)
            high = next(iter(rest[size - 1 : size]), last)
        done = high - first + 1 if isinstance(high, int) else min(done + size, total)
        yield queryset.filter(pk__gte=low, pk__lte=high)
        logger.info("%s: %d of %d keys", queryset.model._meta.label, done, total)
        following = list(keys.filter(pk__gt=high, pk__lte=last)[:10])
        if time.monotonic() - began < 2:
            size = min(2 * size, largest)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_texts_of_several_kinds_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_tag_name,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_tag_name_2,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_blurb,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_texts_of_several_kinds_data_2.py
# Compiled by migspec from library/migspecs/texts_of_several_kinds.yaml, step 6. Change the spec, not this file.
# spec 22d0bf6cef9c, file 3 of 3, code 6945c4cc4786

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Value
from django.db.models.functions import Concat


def forwards(apps, schema_editor):
    """Insert a Heading for each Tag."""
    Heading = apps.get_model("library", "Heading")
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Heading):
        return

    tags = Tag._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection, Heading, {"text": Concat("slug", Value(": "), "label")}, tags
    )
    record_applied(connection, "library", "0004_texts_of_several_kinds_data_2")


def backwards(apps, schema_editor):
    """Delete every Heading."""
    Heading = apps.get_model("library", "Heading")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Heading):
        return

    headings = Heading._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    headings._raw_delete(alias)


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
        ("library", "0003_texts_of_several_kinds_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "heading"}, elidable=True
        ),
    ]
