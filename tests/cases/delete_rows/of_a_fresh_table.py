# --- shop/migrations/0002_of_a_fresh_table_schema.py
# Compiled by migspec from shop/migspecs/of_a_fresh_table.yaml, step 1. Change the spec, not this file.
# spec 850db17276ef, file 1 of 3, code 728600ce66d7

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
# spec 850db17276ef, file 2 of 3, code c7c4982a703e

from django.db import migrations, router
from django.db.models.functions import Lower


def forwards(apps, schema_editor):
    """Insert a Email for each Customer."""
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
    select, params = (
        rows.order_by()
        .values_list(*columns.values())
        .query.get_compiler(connection.alias)
        .as_sql()
    )
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


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
# spec 850db17276ef, file 3 of 3, code bbfbee572c93

import logging

from django.db import migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Addresses of the shop itself are not the customer's."""
    Email = apps.get_model("shop", "Email")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Email):
        return

    emails = Email._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(emails):
        with transaction.atomic(using=alias):
            page.filter(address__endswith="@shop.example.org").delete()


def key_ranges(queryset, size=BATCH_SIZE):
    """Yield the rows of queryset in ranges of keys, up to the last that is there now."""
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low = None
    while last is not None and low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        logger.info("%s: done up to %s", queryset.model._meta.label, high)
        low = high


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
