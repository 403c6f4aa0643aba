# --- shop/migrations/0002_with_rows_that_point_at_them_schema.py
# Compiled by migspec from shop/migspecs/with_rows_that_point_at_them.yaml, steps 1, 2. Change the spec, not this file.
# spec 670dbb4f02b1, file 1 of 4, code ac7679297b3e

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sale",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField(unique=True)),
                ("status", models.SmallIntegerField()),
                ("placed_at", models.DateTimeField()),
                ("total", models.DecimalField(decimal_places=2, max_digits=12)),
                ("note", models.TextField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="shop.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SaleLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="shop.sale"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="shop.product"
                    ),
                ),
                ("quantity", models.PositiveIntegerField()),
                ("unit_price", models.DecimalField(decimal_places=2, max_digits=10)),
            ],
        ),
    ]

# --- shop/migrations/0003_with_rows_that_point_at_them_data.py
# Compiled by migspec from shop/migspecs/with_rows_that_point_at_them.yaml, step 3. Change the spec, not this file.
# spec 670dbb4f02b1, file 2 of 4, code 8012bd12b61f

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder


def forwards(apps, schema_editor):
    """Insert a Sale for each Order."""
    Sale = apps.get_model("shop", "Sale")
    Order = apps.get_model("shop", "Order")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Sale):
        return

    orders = Order._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Sale,
        {
            "id": "id",
            "number": "number",
            "status": "status",
            "placed_at": "placed_at",
            "total": "total",
            "note": "note",
            "customer_id": "customer_id",
        },
        orders,
    )
    record_applied(connection, "shop", "0003_with_rows_that_point_at_them_data")


def backwards(apps, schema_editor):
    """Delete every Sale."""
    Sale = apps.get_model("shop", "Sale")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Sale):
        return

    sales = Sale._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    sales._raw_delete(alias)


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
        ("shop", "0002_with_rows_that_point_at_them_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "sale"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_with_rows_that_point_at_them_data_2.py
# Compiled by migspec from shop/migspecs/with_rows_that_point_at_them.yaml, step 4. Change the spec, not this file.
# spec 670dbb4f02b1, file 3 of 4, code 8dc4c1b34b7f

from django.core.management.color import no_style
from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef


def forwards(apps, schema_editor):
    """Insert a SaleLine for each OrderLine."""
    SaleLine = apps.get_model("shop", "SaleLine")
    OrderLine = apps.get_model("shop", "OrderLine")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, SaleLine):
        return

    order_lines = OrderLine._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        SaleLine,
        {
            "id": "id",
            "sale_id": "order_id",
            "product_id": "product_id",
            "quantity": "quantity",
            "unit_price": "unit_price",
        },
        order_lines,
    )
    reset_sequences(connection, SaleLine)
    record_applied(connection, "shop", "0004_with_rows_that_point_at_them_data_2")


def backwards(apps, schema_editor):
    """Insert an Order for each Sale.

    Insert an OrderLine for each SaleLine.

    Delete every SaleLine.
    """
    Order = apps.get_model("shop", "Order")
    OrderLine = apps.get_model("shop", "OrderLine")
    SaleLine = apps.get_model("shop", "SaleLine")
    Sale = apps.get_model("shop", "Sale")
    connection = schema_editor.connection
    alias = connection.alias

    sales = Sale._base_manager.using(alias)
    orders = Order._base_manager.using(alias)
    there = orders.filter(id=OuterRef("id"))
    sale_lines = SaleLine._base_manager.using(alias)
    order_lines = OrderLine._base_manager.using(alias)
    there_2 = order_lines.filter(id=OuterRef("id"))
    if router.allow_migrate_model(alias, Order):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        rows = sales
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

    if router.allow_migrate_model(alias, OrderLine):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        new_rows = sale_lines
        if order_lines.exists():
            new_rows = new_rows.exclude(Exists(there_2))

        insert_select(
            connection,
            OrderLine,
            {
                "id": "id",
                "quantity": "quantity",
                "unit_price": "unit_price",
                "order_id": "sale_id",
                "product_id": "product_id",
            },
            new_rows,
        )
        reset_sequences(connection, OrderLine)

    if router.allow_migrate_model(alias, SaleLine):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        sale_lines._raw_delete(alias)


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


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_with_rows_that_point_at_them_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "saleline"}, elidable=True
        ),
    ]

# --- shop/migrations/0005_with_rows_that_point_at_them_cleanup.py
# Compiled by migspec from shop/migspecs/with_rows_that_point_at_them.yaml, steps 5, 6. Change the spec, not this file.
# spec 670dbb4f02b1, file 4 of 4, code 5bbc851ef145

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0004_with_rows_that_point_at_them_data_2"),
    ]

    operations = [
        migrations.DeleteModel(name="OrderLine"),
        migrations.DeleteModel(name="Order"),
    ]
