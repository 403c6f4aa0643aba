# Compiled by migspec from homes/migspecs/home_address.yaml, step 2. Change the spec, not this file.
# spec 7f361ee39f00, file 2 of 3, code c23c929028c8

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Count, Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Set Home.address from the newest HomeAddress of each home."""
    Home = apps.get_model("homes", "Home")
    HomeAddress = apps.get_model("homes", "HomeAddress")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Home):
        return

    homes = Home._base_manager.using(alias)
    home_addresses = (
        HomeAddress._base_manager.using(alias)
        .filter(home_id=OuterRef("id"))
        .order_by("-id")
    )
    address_id = Subquery(home_addresses.values("address_id")[:1])

    shared = (
        homes.filter(Exists(home_addresses))
        .values(new_value=address_id)
        .annotate(rows=Count("*"))
        .filter(rows__gt=1, new_value__isnull=False)
        .order_by("new_value")
    )
    if values := list(shared.values_list("new_value", flat=True)[:5]):
        raise ValueError(
            "homes/migspecs/home_address.yaml:10: several rows would hold"
            f" each of these values in Home.address, which is unique: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(homes):
        with transaction.atomic(using=alias):
            page.filter(Exists(home_addresses)).update(address_id=address_id)


def backwards(apps, schema_editor):
    """Insert a HomeAddress for each Home where address_id is not NULL.

    Best effort: new ids, one row for each Home.
    """
    HomeAddress = apps.get_model("homes", "HomeAddress")
    Home = apps.get_model("homes", "Home")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, HomeAddress):
        return

    homes = Home._base_manager.using(alias)
    home_addresses = HomeAddress._base_manager.using(alias)
    there = home_addresses.filter(home_id=OuterRef("id"))

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(homes, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            rows = page.filter(address_id__isnull=False)
            if home_addresses.exists():
                rows = rows.exclude(Exists(there))
            insert_select(
                connection,
                HomeAddress,
                {"address_id": "address_id", "home_id": "id"},
                rows,
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
        ("homes", "0003_home_address_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "home"}, elidable=True
        ),
    ]
