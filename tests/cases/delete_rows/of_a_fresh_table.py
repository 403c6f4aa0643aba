# --- shop/migrations/0002_of_a_fresh_table_schema.py
# Compiled by migspec from shop/migspecs/of_a_fresh_table.yaml, step 1. Change the spec, not this file.
# spec 5ebaa7cab085, file 1 of 3, code 728600ce66d7

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Email",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("address", models.EmailField(max_length=254)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="emails",
                        to="shop.customer",
                    ),
                ),
            ],
        ),
    ]

# --- shop/migrations/0003_of_a_fresh_table_data.py
# Compiled by migspec from shop/migspecs/of_a_fresh_table.yaml, step 2. Change the spec, not this file.
# spec 5ebaa7cab085, file 2 of 3, code d3793be04407

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Lower


def forwards(apps, schema_editor):
    """Insert an Email for each Customer."""
    Email = apps.get_model("shop", "Email")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Email):
        return

    customers = Customer._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection, Email, {"address": Lower("email"), "customer_id": "id"}, customers
    )
    record_applied(connection, "shop", "0003_of_a_fresh_table_data")


def backwards(apps, schema_editor):
    """Delete every Email."""
    Email = apps.get_model("shop", "Email")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Email):
        return

    emails = Email._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    emails._raw_delete(alias)


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
        ("shop", "0002_of_a_fresh_table_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "email"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_of_a_fresh_table_data_2.py
# Compiled by migspec from shop/migspecs/of_a_fresh_table.yaml, step 3. Change the spec, not this file.
# spec 5ebaa7cab085, file 3 of 3, code e2f592d7c572

import logging
import time

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Addresses of the shop itself are not the customer's."""
    Email = apps.get_model("shop", "Email")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Email):
        return

    emails = Email._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(emails, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(address__endswith="@shop.example.org").delete()


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
        ("shop", "0003_of_a_fresh_table_data"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "email"},
            elidable=True,
        ),
    ]
