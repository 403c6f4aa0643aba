# --- shop/migrations/0002_partial_model_schema.py
# Compiled by migspec from shop/migspecs/partial_model.yaml, step 1. Change the spec, not this file.
# spec a156b068db7b, file 1 of 3, code c7f729a23ef3

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PostalAddress",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="shop.customer",
                    ),
                ),
                ("street", models.CharField(max_length=100)),
                ("postcode", models.CharField(max_length=10)),
                ("city", models.CharField(max_length=60)),
                ("country", models.CharField(max_length=2)),
            ],
        ),
        # So that rolling back can add Customer.street before it has values.
        migrations.AlterField(
            model_name="customer",
            name="street",
            field=models.CharField(max_length=100, null=True),
        ),
        # So that rolling back can add Customer.postcode before it has values.
        migrations.AlterField(
            model_name="customer",
            name="postcode",
            field=models.CharField(max_length=10, null=True),
        ),
        # So that rolling back can add Customer.city before it has values.
        migrations.AlterField(
            model_name="customer",
            name="city",
            field=models.CharField(max_length=60, null=True),
        ),
        # So that rolling back can add Customer.country before it has values.
        migrations.AlterField(
            model_name="customer",
            name="country",
            field=models.CharField(max_length=2, null=True),
        ),
    ]

# --- shop/migrations/0003_partial_model_data.py
# Compiled by migspec from shop/migspecs/partial_model.yaml, step 1. Change the spec, not this file.
# spec a156b068db7b, file 2 of 3, code bb97c51f57b2

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Insert a PostalAddress for each Customer."""
    PostalAddress = apps.get_model("shop", "PostalAddress")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, PostalAddress):
        return

    customers = Customer._base_manager.using(alias)
    postal_addresses = PostalAddress._base_manager.using(alias)
    there = postal_addresses.filter(customer_id=OuterRef("id"))

    # One transaction: the table is new, and nobody waits for it.
    with transaction.atomic(using=alias):
        rows = customers
        if postal_addresses.exists():
            rows = rows.exclude(Exists(there))
        insert_select(
            connection,
            PostalAddress,
            {
                "customer_id": "id",
                "street": "street",
                "postcode": "postcode",
                "city": "city",
                "country": "country",
            },
            rows,
        )


def backwards(apps, schema_editor):
    """Set Customer.street, postcode, city and country from the PostalAddress of each
    Customer.

    Delete every PostalAddress.
    """
    Customer = apps.get_model("shop", "Customer")
    PostalAddress = apps.get_model("shop", "PostalAddress")
    connection = schema_editor.connection
    alias = connection.alias

    customers = Customer._base_manager.using(alias)
    postal_addresses = PostalAddress._base_manager.using(alias)
    if router.allow_migrate_model(alias, Customer):
        # Safe to run again: the values read no column that is written, so each range
        # commits by itself.
        for page in key_ranges(customers):
            with transaction.atomic(using=alias):
                update_from(
                    connection,
                    page,
                    PostalAddress,
                    {"id": "customer_id"},
                    {
                        "street": "street",
                        "postcode": "postcode",
                        "city": "city",
                        "country": "country",
                    },
                )

    if router.allow_migrate_model(alias, PostalAddress):
        # Safe to run again: its condition reads nothing that it deletes but the row
        # itself, so each range commits by itself.
        for page in key_ranges(postal_addresses, large_on=("postgresql", "sqlite")):
            with transaction.atomic(using=alias):
                page._raw_delete(alias)


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
        ("shop", "0002_partial_model_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "postaladdress"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_partial_model_cleanup.py
# Compiled by migspec from shop/migspecs/partial_model.yaml, step 1. Change the spec, not this file.
# spec a156b068db7b, file 3 of 3, code d446403b2efe

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_partial_model_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="customer", name="street"),
        migrations.RemoveField(model_name="customer", name="postcode"),
        migrations.RemoveField(model_name="customer", name="city"),
        migrations.RemoveField(model_name="customer", name="country"),
    ]
