# --- library/migrations/0002_duplicates_get_a_number_schema.py
# Compiled by migspec from library/migspecs/duplicates_get_a_number.yaml, step 1. Change the spec, not this file.
# spec 02e92552c481, file 1 of 4, code 4a5b8ade46b8

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="tag", name="number", field=models.IntegerField(default=1)
        ),
    ]

# --- library/migrations/0003_duplicates_get_a_number_data.py
# Compiled by migspec from library/migspecs/duplicates_get_a_number.yaml, step 2. Change the spec, not this file.
# spec 02e92552c481, file 2 of 4, code 0552bf361469

from django.db import migrations, router
from django.db.models import F, Window
from django.db.models.functions import RowNumber


def forwards(apps, schema_editor):
    """Set Tag.number to the number of the row within each label."""
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
        {"number": Window(RowNumber(), partition_by=["label"], order_by=["id"])},
        tags,
    )


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
        ("library", "0002_duplicates_get_a_number_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_duplicates_get_a_number_data_2.py
# Compiled by migspec from library/migspecs/duplicates_get_a_number.yaml, step 3. Change the spec, not this file.
# spec 02e92552c481, file 3 of 4, code beea7ed39a6f

import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_label(row):
    """Tag.label of a row."""
    number = f" ({row.number})"
    return row.label[: 50 - len(number)] + number


def forwards(apps, schema_editor):
    """The second "Poem" is "Poem (2)"; the label is cut where that is too long.

    Rolling back changes no rows: the number does no harm.
    """
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One transaction: the new label is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(tags, size=10_000):
        rows = list(page.filter(number__gt=1).only("pk", "number", "label"))
        for tag in rows:
            tag.label = new_label(tag)
        update_each(connection, Tag, ["label"], rows)

    record_applied(connection, "library", "0004_duplicates_get_a_number_data_2")


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


def update_each(connection, model, columns, rows, size=100):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)

    def saved(row, fields):
        return [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in fields
        ]

    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
            params = [saved(row, (*fields, *keys)) for row in rows]
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {same}", params)
            return
        # MySQL is sent each row's statement by itself, and waiting for it would take most of the time.
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            case = f"CASE{f' WHEN {same} THEN %s' * len(some)} END"
            sets = ", ".join(f"{quote(field.column)} = {case}" for field in fields)
            params = [
                value
                for field in fields
                for row in some
                for value in saved(row, (*keys, field))
            ]
            params += [value for row in some for value in saved(row, keys)]
            where = " OR ".join([f"({same})"] * len(some))
            cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", params)


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_duplicates_get_a_number_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]

# --- library/migrations/0005_duplicates_get_a_number_cleanup.py
# Compiled by migspec from library/migspecs/duplicates_get_a_number.yaml, steps 4, 5. Change the spec, not this file.
# spec 02e92552c481, file 4 of 4, code b8ee19c7c83e

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_duplicates_get_a_number_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="tag", name="number"),
        migrations.AlterField(
            model_name="tag",
            name="label",
            field=models.CharField(max_length=50, unique=True),
        ),
    ]
