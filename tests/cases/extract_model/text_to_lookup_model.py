# --- shop/migrations/0002_text_to_lookup_model_schema.py
# Compiled by migspec from shop/migspecs/text_to_lookup_model.yaml, step 1. Change the spec, not this file.
# spec fc3f1c12995a, file 1 of 4, code 09601ce1e0cd

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
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
            model_name="customer",
            name="lives_in",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="shop.city"
            ),
        ),
        # So that rolling back can add Customer.city before it has values.
        migrations.AlterField(
            model_name="customer",
            name="city",
            field=models.CharField(max_length=60, null=True),
        ),
    ]

# --- shop/migrations/0003_text_to_lookup_model_data.py
# Compiled by migspec from shop/migspecs/text_to_lookup_model.yaml, step 1. Change the spec, not this file.
# spec fc3f1c12995a, file 2 of 4, code 28d612d40d23

from django.db import migrations, router
from django.db.models import Exists, OuterRef


def forwards(apps, schema_editor):
    """Insert a City for each Customer."""
    City = apps.get_model("shop", "City")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, City):
        return

    customers = Customer._base_manager.using(alias)
    cities = City._base_manager.using(alias)
    there = cities.filter(name=OuterRef("city"))

    # One transaction: the table is new, and nobody waits for it.
    rows = customers
    if cities.exists():
        rows = rows.exclude(Exists(there))

    insert_select(connection, City, {"name": "city"}, rows.order_by().distinct())


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

    dependencies = [
        ("shop", "0002_text_to_lookup_model_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "city"},
            elidable=True,
        ),
    ]

# --- shop/migrations/0004_text_to_lookup_model_data_2.py
# Compiled by migspec from shop/migspecs/text_to_lookup_model.yaml, step 1. Change the spec, not this file.
# spec fc3f1c12995a, file 3 of 4, code 90918a85fe52

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Customer.lives_in from the City of each Customer."""
    Customer = apps.get_model("shop", "Customer")
    City = apps.get_model("shop", "City")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)
    city = City._base_manager.using(alias).filter(name=OuterRef("city"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            page.filter(Exists(city)).update(
                lives_in_id=Subquery(city.values("pk")[:1])
            )


def backwards(apps, schema_editor):
    """Set Customer.city from the City of each Customer.

    Best effort: city in one of the spellings that MySQL takes to be equal.
    """
    Customer = apps.get_model("shop", "Customer")
    City = apps.get_model("shop", "City")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            update_from(connection, page, City, {"lives_in_id": "id"}, {"city": "name"})


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
        ("shop", "0003_text_to_lookup_model_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "customer"}, elidable=True
        ),
    ]

# --- shop/migrations/0005_text_to_lookup_model_cleanup.py
# Compiled by migspec from shop/migspecs/text_to_lookup_model.yaml, step 1. Change the spec, not this file.
# spec fc3f1c12995a, file 4 of 4, code 2771a8e2bb26

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0004_text_to_lookup_model_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="customer", name="city"),
        migrations.AlterField(
            model_name="customer",
            name="lives_in",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="shop.city"
            ),
        ),
    ]
