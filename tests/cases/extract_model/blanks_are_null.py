# --- library/migrations/0002_blanks_are_null_schema.py
# Compiled by migspec from library/migspecs/blanks_are_null.yaml, step 1. Change the spec, not this file.
# spec 835e4b2f7479, file 1 of 4, code 5deb7db5970c

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="City",
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
                ("name", models.CharField(max_length=60, unique=True)),
            ],
        ),
        migrations.AddField(
            model_name="publisher",
            name="seat",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="library.city",
            ),
        ),
    ]

# --- library/migrations/0003_blanks_are_null_data.py
# Compiled by migspec from library/migspecs/blanks_are_null.yaml, step 1. Change the spec, not this file.
# spec 835e4b2f7479, file 2 of 4, code 4a696dfaf8af

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Q

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Insert a City for each Publisher where ~Q(city='')."""
    City = apps.get_model("library", "City")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, City):
        return

    publishers = Publisher._base_manager.using(alias)
    cities = City._base_manager.using(alias)
    there = cities.filter(name=OuterRef("city"))

    # One transaction: the table is new, and nobody waits for it.
    with transaction.atomic(using=alias):
        rows = publishers.filter(~Q(city=""))
        if cities.exists():
            rows = rows.exclude(Exists(there))
        insert_select(connection, City, {"name": "city"}, rows.order_by().distinct())


def backwards(apps, schema_editor):
    """Delete every City."""
    City = apps.get_model("library", "City")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, City):
        return

    cities = City._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(cities, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page._raw_delete(alias)
            check_foreign_keys(connection)


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


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_blanks_are_null_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "city"}, elidable=True
        ),
    ]

# --- library/migrations/0004_blanks_are_null_data_2.py
# Compiled by migspec from library/migspecs/blanks_are_null.yaml, step 1. Change the spec, not this file.
# spec 835e4b2f7479, file 3 of 4, code ce0350e114cf

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Q, Subquery


def forwards(apps, schema_editor):
    """Set Publisher.seat from the City of each Publisher where ~Q(city='')."""
    Publisher = apps.get_model("library", "Publisher")
    City = apps.get_model("library", "City")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    city = City._base_manager.using(alias).filter(name=OuterRef("city"))

    # One transaction: the whole step is one, as what comes first reads Publisher,
    # which is changed after it.
    publishers.filter(~Q(city="")).filter(Exists(city)).update(
        seat_id=Subquery(city.values("pk")[:1])
    )


def backwards(apps, schema_editor):
    """Set Publisher.city from the City of each Publisher.

    Set Publisher.seat to NULL where seat_id is not NULL.

    Best effort: rows of Publisher that match no City lose city, rows of Publisher that
    'where' leaves out lose city, city in one of the spellings that MySQL takes to be
    equal.
    """
    Publisher = apps.get_model("library", "Publisher")
    City = apps.get_model("library", "City")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    # One transaction: the whole step is one, as what comes first reads Publisher,
    # which is changed after it.
    update_from(connection, publishers, City, {"seat_id": "id"}, {"city": "name"})

    # One transaction: the whole step is one, as what comes first reads Publisher,
    # which is changed after it.
    publishers.filter(seat_id__isnull=False).update(seat_id=None)
    record_unapplied(connection, "library", "0004_blanks_are_null_data_2")


def update_from(connection, rows, source, match, columns):
    """UPDATE rows FROM source: set columns from the row that is equal in match."""
    quote = connection.ops.quote_name
    table, other = quote(rows.model._meta.db_table), quote(source._meta.db_table)

    def equal(names, prefix=""):
        for name, theirs in names.items():
            column = quote(rows.model._meta.get_field(name).column)
            found = quote(source._meta.get_field(theirs).column)
            yield f"{prefix}{column} = {other}.{found}"

    condition, params = " AND ".join(equal(match, f"{table}.")), ()
    parts, key = [rows.query.where] if rows.query.where else [], rows.model._meta.pk
    if key.attname in match:
        # PostgreSQL does not see that a range of keys is one of the source too, and would read all of it each time.
        same = source._meta.get_field(match[key.attname]).get_col(
            source._meta.db_table, key
        )
        limits = [
            part
            for part in rows.query.where.children
            if getattr(part, "lhs", None) == key.cached_col
        ]
        parts += [type(limit)(same, limit.rhs) for limit in limits]
    for part in parts:
        where, values = rows.query.get_compiler(connection.alias).compile(part)
        condition, params = f"{condition} AND {where}", (*params, *values)
    if connection.vendor == "mysql":
        sets = ", ".join(equal(columns, f"{table}."))
        sql = f"UPDATE {table} INNER JOIN {other} ON {condition} SET {sets}"
    else:
        sets = ", ".join(equal(columns))
        sql = f"UPDATE {table} SET {sets} FROM {other} WHERE {condition}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_blanks_are_null_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "publisher"}, elidable=True
        ),
    ]

# --- library/migrations/0005_blanks_are_null_cleanup.py
# Compiled by migspec from library/migspecs/blanks_are_null.yaml, step 1. Change the spec, not this file.
# spec 835e4b2f7479, file 4 of 4, code d4b893c329ce

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_blanks_are_null_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="publisher", name="city"),
    ]
