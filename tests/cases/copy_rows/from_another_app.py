# --- shop/migrations/0002_from_another_app_data.py
# Compiled by migspec from shop/migspecs/from_another_app.toml, step 1. Change the spec, not this file.
# spec aa1472dc9184, file 1 of 1, code 38c7d25cd75c

import logging
import time

from django.conf import settings
from django.db import connections, migrations, router, transaction
from django.db.models import Case, Exists, OuterRef, Value, When
from django.utils import timezone

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
POINTS_BY_IS_ACTIVE = {
    True: 10,
    False: 0,
}


def forwards(apps, schema_editor):
    """Every user is a customer."""
    Customer = apps.get_model("shop", "Customer")
    User = apps.get_model("people", "User")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    users = User._base_manager.using(alias)
    customers = Customer._base_manager.using(alias)
    there = customers.filter(user_id=OuterRef("id"))

    unmapped = users.exclude(is_active__in=POINTS_BY_IS_ACTIVE).order_by("is_active")
    if values := list(unmapped.values_list("is_active", flat=True).distinct()[:5]):
        raise ValueError(
            "shop/migspecs/from_another_app.toml:5: the map of "
            f"Customer.points does not name these values: {values}"
        )

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(users, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Customer,
                {
                    "name": "name",
                    "email": "email",
                    "street": Value(""),
                    "postcode": Value(""),
                    "city": Value("unknown"),
                    "country": Value("NO"),
                    "points": Case(
                        *(
                            When(is_active=old, then=Value(new))
                            for old, new in POINTS_BY_IS_ACTIVE.items()
                        )
                    ),
                    "created_at": Value(timezone.now()),
                    "user_id": "id",
                },
                page.exclude(Exists(there)),
            )


def backwards(apps, schema_editor):
    """Delete the rows of Customer where city='unknown' and user_id is not NULL."""
    Customer = apps.get_model("shop", "Customer")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(customers, size=10_000):
        with transaction.atomic(using=alias):
            page.filter(city="unknown", user_id__isnull=False).delete()


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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("shop", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "customer"}, elidable=True
        ),
    ]
