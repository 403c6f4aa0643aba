# --- shop/migrations/0002_kept_schema.py
# Compiled by migspec from shop/migspecs/kept.yaml, step 1. Change the spec, not this file.
# spec 202a40f2cd30, file 1 of 5, code 91f08fffec1a

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
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="KeptCustomer",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("city", models.CharField(max_length=60)),
                    ],
                    options={"db_table": "shop_kept_1_kept_customer"},
                ),
            ]
        ),
    ]

# --- library/migrations/0002_kept_schema.py
# Compiled by migspec from shop/migspecs/kept.yaml, step 1. Change the spec, not this file.
# spec 202a40f2cd30, file 2 of 5, code bdfa3bc1edcb

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0002_kept_schema"),
        ("library", "0001_initial"),
    ]

    operations = [
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="AddedPublisher",
                    fields=[
                        ("name", models.CharField(max_length=100, primary_key=True)),
                    ],
                    options={"db_table": "library_kept_1_added_publisher"},
                ),
            ]
        ),
    ]

# --- library/migrations/0003_kept_data.py
# Compiled by migspec from shop/migspecs/kept.yaml, step 1. Change the spec, not this file.
# spec 202a40f2cd30, file 3 of 5, code f79cdf8e58ba

import logging
import time

from django.apps.registry import Apps
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, OuterRef, Q, Value

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class AddedPublisher(models.Model):
    """The keys of the rows that are added to Publisher."""

    name = models.CharField(max_length=100, primary_key=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_kept_1_added_publisher"


def forwards(apps, schema_editor):
    """Insert a Publisher for each Customer where ~Q(city='')."""
    Publisher = apps.get_model("library", "Publisher")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    customers = Customer._base_manager.using(alias)
    publishers = Publisher._base_manager.using(alias)
    there = publishers.filter(name=OuterRef("city"))
    added_publishers = AddedPublisher._base_manager.using(alias)
    kept = added_publishers.filter(name=OuterRef("city"))

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(customers, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            rows = page.filter(~Q(city="")).exclude(Exists(there)).order_by().distinct()
            insert_select(
                connection, AddedPublisher, {"name": "city"}, rows.exclude(Exists(kept))
            )
            insert_select(
                connection,
                Publisher,
                {"name": "city", "city": Value(""), "country": Value("")},
                rows,
            )


def backwards(apps, schema_editor):
    """Delete the added rows of Publisher."""
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return
    check_kept(connection, AddedPublisher, "shop/migspecs/kept.yaml:7")

    publishers = Publisher._base_manager.using(alias)
    added_publishers = AddedPublisher._base_manager.using(alias)
    added_publisher = AddedPublisher._base_manager.using(alias).filter(
        name=OuterRef("name")
    )

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(publishers, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(Exists(added_publisher))._raw_delete(alias)
            check_foreign_keys(connection)

    added_publishers._raw_delete(alias)


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


def check_kept(connection, kept, step):
    """Stop where there is no side table: a migration that was only faked has not made it."""
    if kept._meta.db_table not in connection.introspection.table_names():
        raise RuntimeError(
            f"{step}: what it kept is not there, in table {kept._meta.db_table}"
        )


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
        ("library", "0002_kept_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "publisher"}, elidable=True
        ),
    ]

# --- shop/migrations/0003_kept_data.py
# Compiled by migspec from shop/migspecs/kept.yaml, step 1. Change the spec, not this file.
# spec 202a40f2cd30, file 4 of 5, code dc485ab02c18

import logging
import time

from django.apps.registry import Apps
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, OuterRef, Q, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class KeptCustomer(models.Model):
    """What is taken from Customer."""

    id = models.BigIntegerField(primary_key=True)
    city = models.CharField(max_length=60)

    class Meta:
        apps = Apps()
        app_label = "shop"
        db_table = "shop_kept_1_kept_customer"


def forwards(apps, schema_editor):
    """Set Customer.publisher from the Publisher of each Customer where ~Q(city='')."""
    Customer = apps.get_model("shop", "Customer")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)
    publisher = Publisher._base_manager.using(alias).filter(name=OuterRef("city"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            keep_old(connection, KeptCustomer, page)
            page.filter(~Q(city="")).filter(Exists(publisher)).update(
                publisher_id=Subquery(publisher.values("pk")[:1])
            )


def backwards(apps, schema_editor):
    """Set Customer.publisher to NULL where publisher_id is not NULL.

    Set Customer.city back.
    """
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return
    check_kept(connection, KeptCustomer, "shop/migspecs/kept.yaml:7")

    customers = Customer._base_manager.using(alias)
    kept_customers = KeptCustomer._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            page.filter(publisher_id__isnull=False).update(publisher_id=None)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            update_from(connection, page, KeptCustomer, {"id": "id"}, {"city": "city"})

    kept_customers._raw_delete(alias)


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


def keep_old(connection, kept, rows):
    """Save rows in their side table, but those that it has: in a second run they are not the old ones."""
    names = [field.attname for field in kept._meta.concrete_fields]
    key = {field.attname: OuterRef(field.attname) for field in kept._meta.pk_fields}
    there = kept._base_manager.using(connection.alias).filter(**key)
    insert_select(
        connection, kept, {name: name for name in names}, rows.exclude(Exists(there))
    )


def check_kept(connection, kept, step):
    """Stop where there is no side table: a migration that was only faked has not made it."""
    if kept._meta.db_table not in connection.introspection.table_names():
        raise RuntimeError(
            f"{step}: what it kept is not there, in table {kept._meta.db_table}"
        )


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
        ("library", "0003_kept_data"),
        ("shop", "0002_kept_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "customer"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_kept_cleanup.py
# Compiled by migspec from shop/migspecs/kept.yaml, step 1. Change the spec, not this file.
# spec 202a40f2cd30, file 5 of 5, code 48d08ff1cd47

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_kept_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="customer", name="city"),
    ]
