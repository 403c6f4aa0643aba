# --- shop/migrations/0002_sources_in_a_row_schema.py
# Compiled by migspec from shop/migspecs/sources_in_a_row.yaml, steps 1, 2, 4. Change the spec, not this file.
# spec 70b573cba5a5, file 1 of 3, code 4e005075caa9

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="shop.invoice"
                    ),
                ),
                ("quantity", models.IntegerField()),
            ],
        ),
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="KeptOrderLine",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("quantity", models.PositiveIntegerField()),
                        (
                            "unit_price",
                            models.DecimalField(decimal_places=2, max_digits=10),
                        ),
                        ("order_id", models.UUIDField()),
                        ("product_id", models.BigIntegerField()),
                    ],
                    options={"db_table": "shop_sources_in_a_row_4_kept_orderline"},
                ),
                migrations.CreateModel(
                    name="KeptOrder",
                    fields=[
                        ("id", models.UUIDField(primary_key=True)),
                        ("number", models.PositiveIntegerField()),
                        ("status", models.SmallIntegerField()),
                        ("placed_at", models.DateTimeField()),
                        ("total", models.DecimalField(decimal_places=2, max_digits=12)),
                        ("note", models.TextField()),
                        ("customer_id", models.BigIntegerField()),
                    ],
                    options={"db_table": "shop_sources_in_a_row_4_kept_order"},
                ),
            ]
        ),
    ]

# --- shop/migrations/0003_sources_in_a_row_data.py
# Compiled by migspec from shop/migspecs/sources_in_a_row.yaml, steps 3, 4. Change the spec, not this file.
# spec 70b573cba5a5, file 2 of 3, code 4e5ddf0198e6

import logging
import time

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class KeptOrderLine(models.Model):
    """What is taken from OrderLine."""

    id = models.BigIntegerField(primary_key=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(decimal_places=2, max_digits=10)
    order_id = models.UUIDField()
    product_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "shop"
        db_table = "shop_sources_in_a_row_4_kept_orderline"


class KeptOrder(models.Model):
    """What is taken from Order."""

    id = models.UUIDField(primary_key=True)
    number = models.PositiveIntegerField()
    status = models.SmallIntegerField()
    placed_at = models.DateTimeField()
    total = models.DecimalField(decimal_places=2, max_digits=12)
    note = models.TextField()
    customer_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "shop"
        db_table = "shop_sources_in_a_row_4_kept_order"


def forwards_copy_invoice(apps, schema_editor):
    """Insert an Invoice for each Order."""
    Invoice = apps.get_model("shop", "Invoice")
    Order = apps.get_model("shop", "Order")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Invoice):
        return

    orders = Order._base_manager.using(alias)
    invoices = Invoice._base_manager.using(alias)
    there = invoices.filter(id=OuterRef("id"))

    # One transaction: the table is new, and nobody waits for it.
    with transaction.atomic(using=alias):
        rows = orders
        if invoices.exists():
            rows = rows.exclude(Exists(there))
        insert_select(connection, Invoice, {"id": "id", "number": "number"}, rows)


def backwards_copy_invoice(apps, schema_editor):
    """Delete every Invoice."""
    Invoice = apps.get_model("shop", "Invoice")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Invoice):
        return

    invoices = Invoice._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(invoices, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page._raw_delete(alias)
            check_foreign_keys(connection)


def forwards_copy_invoice_line(apps, schema_editor):
    """Insert an InvoiceLine for each OrderLine."""
    InvoiceLine = apps.get_model("shop", "InvoiceLine")
    OrderLine = apps.get_model("shop", "OrderLine")
    Order = apps.get_model("shop", "Order")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, InvoiceLine):
        return

    order_lines = OrderLine._base_manager.using(alias)
    invoice_lines = InvoiceLine._base_manager.using(alias)
    there = invoice_lines.filter(id=OuterRef("id"))
    orders = Order._base_manager.using(alias)
    keep_old(connection, KeptOrderLine, order_lines)
    keep_old(connection, KeptOrder, orders)

    # One transaction: the table is new, and nobody waits for it.
    with transaction.atomic(using=alias):
        rows = order_lines
        if invoice_lines.exists():
            rows = rows.exclude(Exists(there))
        insert_select(
            connection,
            InvoiceLine,
            {"id": "id", "invoice_id": "order_id", "quantity": "quantity"},
            rows,
        )
        check_foreign_keys(connection, InvoiceLine)

    reset_sequences(connection, InvoiceLine)


def backwards_copy_invoice_line(apps, schema_editor):
    """Delete every InvoiceLine.

    Insert the rows of Order and OrderLine again.
    """
    InvoiceLine = apps.get_model("shop", "InvoiceLine")
    Order = apps.get_model("shop", "Order")
    OrderLine = apps.get_model("shop", "OrderLine")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, InvoiceLine):
        return
    check_kept(connection, KeptOrderLine, "shop/migspecs/sources_in_a_row.yaml:20")

    kept_orders = KeptOrder._base_manager.using(alias)
    orders = Order._base_manager.using(alias)
    there = orders.filter(id=OuterRef("id"))
    kept_order_lines = KeptOrderLine._base_manager.using(alias)
    order_lines = OrderLine._base_manager.using(alias)
    there_2 = order_lines.filter(id=OuterRef("id"))
    invoice_lines = InvoiceLine._base_manager.using(alias)

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(kept_orders, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            rows = page
            if orders.exists():
                rows = rows.exclude(Exists(there))
            insert_select(
                connection,
                Order,
                {
                    "id": "id",
                    "number": "number",
                    "status": "status",
                    "placed_at": "placed_at",
                    "total": "total",
                    "note": "note",
                    "customer_id": "customer_id",
                },
                rows,
            )
            check_foreign_keys(connection, Order)

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(kept_order_lines, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            new_rows = page
            if order_lines.exists():
                new_rows = new_rows.exclude(Exists(there_2))
            insert_select(
                connection,
                OrderLine,
                {
                    "id": "id",
                    "quantity": "quantity",
                    "unit_price": "unit_price",
                    "order_id": "order_id",
                    "product_id": "product_id",
                },
                new_rows,
            )
            check_foreign_keys(connection, OrderLine)

    reset_sequences(connection, OrderLine)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(invoice_lines, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page._raw_delete(alias)

    kept_order_lines._raw_delete(alias)
    kept_orders._raw_delete(alias)


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


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0002_sources_in_a_row_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_copy_invoice,
            backwards_copy_invoice,
            hints={"model_name": "invoice"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_copy_invoice_line,
            backwards_copy_invoice_line,
            hints={"model_name": "invoiceline"},
            elidable=True,
        ),
    ]

# --- shop/migrations/0004_sources_in_a_row_cleanup.py
# Compiled by migspec from shop/migspecs/sources_in_a_row.yaml, steps 5, 6. Change the spec, not this file.
# spec 70b573cba5a5, file 3 of 3, code ea93e7675e7e

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_sources_in_a_row_data"),
    ]

    operations = [
        migrations.DeleteModel(name="OrderLine"),
        migrations.DeleteModel(name="Order"),
    ]
