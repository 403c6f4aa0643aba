# --- shop/migrations/0002_into_a_model_that_is_there_schema.py
# Compiled by migspec from shop/migspecs/into_a_model_that_is_there.yaml, step 1. Change the spec, not this file.
# spec 950265d6eeb6, file 1 of 4, code 850f109f2fb1

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="publisher",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="library.publisher",
            ),
        ),
        # So that rolling back can add Customer.city before it has values.
        migrations.AlterField(
            model_name="customer",
            name="city",
            field=models.CharField(max_length=60, null=True),
        ),
    ]

# --- library/migrations/0002_into_a_model_that_is_there_data.py
# Compiled by migspec from shop/migspecs/into_a_model_that_is_there.yaml, step 1. Change the spec, not this file.
# spec 950265d6eeb6, file 2 of 4, code 0b570dde0d4a

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Value

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Insert a Publisher for each Customer.

    Rolling back changes no rows: a publisher does no harm.
    """
    Publisher = apps.get_model("library", "Publisher")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    customers = Customer._base_manager.using(alias)
    publishers = Publisher._base_manager.using(alias)
    there = publishers.filter(name=OuterRef("city"))

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(customers, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Publisher,
                {"name": "city", "city": Value(""), "country": Value("")},
                page.exclude(Exists(there)).order_by().distinct(),
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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0002_into_a_model_that_is_there_schema"),
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "publisher"},
            elidable=True,
        ),
    ]

# --- shop/migrations/0003_into_a_model_that_is_there_data.py
# Compiled by migspec from shop/migspecs/into_a_model_that_is_there.yaml, step 1. Change the spec, not this file.
# spec 950265d6eeb6, file 3 of 4, code 052a96d686be

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Customer.publisher from the Publisher of each Customer."""
    Customer = apps.get_model("shop", "Customer")
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)
    publisher = Publisher._base_manager.using(alias).filter(name=OuterRef("city"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            page.filter(Exists(publisher)).update(
                publisher_id=Subquery(publisher.values("pk")[:1])
            )


def backwards(apps, schema_editor):
    """Set Customer.city from the Publisher of each Customer.

    Best effort: city in one of the spellings that MySQL takes to be equal.
    """
    Customer = apps.get_model("shop", "Customer")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            update_from(
                connection, page, Publisher, {"publisher_id": "id"}, {"city": "name"}
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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_into_a_model_that_is_there_data"),
        ("shop", "0002_into_a_model_that_is_there_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "customer"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_into_a_model_that_is_there_cleanup.py
# Compiled by migspec from shop/migspecs/into_a_model_that_is_there.yaml, step 1. Change the spec, not this file.
# spec 950265d6eeb6, file 4 of 4, code 47ce3bf20892

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_into_a_model_that_is_there_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="customer", name="city"),
        migrations.AlterField(
            model_name="customer",
            name="publisher",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="library.publisher"
            ),
        ),
    ]
