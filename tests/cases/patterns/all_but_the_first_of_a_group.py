# --- library/migrations/0002_all_but_the_first_of_a_group_schema.py
# Compiled by migspec from library/migspecs/all_but_the_first_of_a_group.yaml, steps 1, 2. Change the spec, not this file.
# spec 2325ca9432ba, file 1 of 4, code e9ea350f2757

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="folded",
            field=models.CharField(default="", max_length=50),
        ),
        migrations.AddField(
            model_name="tag", name="number", field=models.IntegerField(default=1)
        ),
    ]

# --- library/migrations/0003_all_but_the_first_of_a_group_data.py
# Compiled by migspec from library/migspecs/all_but_the_first_of_a_group.yaml, steps 3, 4. Change the spec, not this file.
# spec 2325ca9432ba, file 2 of 4, code e16b92cdafd8

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import F, Window
from django.db.models.functions import Lower, RowNumber

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_tag_folded(apps, schema_editor):
    """Set Tag.folded to Lower('label')."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(tags):
        with transaction.atomic(using=alias):
            page.update(folded=Lower("label"))


def forwards_tag_number(apps, schema_editor):
    """The oldest tag of each label is the first."""
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One statement, as a number counts other rows.
    update_select(
        connection,
        Tag,
        {"number": Window(RowNumber(), partition_by=["folded"], order_by=["id"])},
        tags,
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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_all_but_the_first_of_a_group_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_tag_folded,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_tag_number,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_all_but_the_first_of_a_group_data_2.py
# Compiled by migspec from library/migspecs/all_but_the_first_of_a_group.yaml, step 5. Change the spec, not this file.
# spec 2325ca9432ba, file 3 of 4, code 0e8cb194ad69

from django.db import migrations, models, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Value
from django.db.models.functions import Cast, Concat


def forwards(apps, schema_editor):
    """The others get their number.

    Rolling back changes no rows: a number in a label does no harm.
    """
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One transaction: the new label is computed from what is written, so a second
    # run would change it again.
    tags.filter(number__gt=1).update(
        label=Concat("label", Value(" "), Cast("number", models.CharField()))
    )
    record_applied(connection, "library", "0004_all_but_the_first_of_a_group_data_2")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_all_but_the_first_of_a_group_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]

# --- library/migrations/0005_all_but_the_first_of_a_group_cleanup.py
# Compiled by migspec from library/migspecs/all_but_the_first_of_a_group.yaml, steps 6, 7. Change the spec, not this file.
# spec 2325ca9432ba, file 4 of 4, code fcbc7c7cc795

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_all_but_the_first_of_a_group_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="tag", name="folded"),
        migrations.RemoveField(model_name="tag", name="number"),
    ]
