# --- shop/migrations/0002_split_into_related_rows_schema.py
# Compiled by migspec from shop/migspecs/split_into_related_rows.yaml, steps 1, 2. Change the spec, not this file.
# spec 8e2ee7822615, file 1 of 3, code 251ccf63551a

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerAddress",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="address",
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

# --- shop/migrations/0003_split_into_related_rows_data.py
# Compiled by migspec from shop/migspecs/split_into_related_rows.yaml, step 2. Change the spec, not this file.
# spec 8e2ee7822615, file 2 of 3, code 91d6c391ca25

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder


def forwards(apps, schema_editor):
    """The address of a customer in a table of its own."""
    CustomerAddress = apps.get_model("shop", "CustomerAddress")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, CustomerAddress):
        return

    customers = Customer._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        CustomerAddress,
        {
            "customer_id": "id",
            "street": "street",
            "postcode": "postcode",
            "city": "city",
            "country": "country",
        },
        customers,
    )
    record_applied(connection, "shop", "0003_split_into_related_rows_data")


def backwards(apps, schema_editor):
    """Set Customer.street, postcode, city and country from the CustomerAddress of each
    Customer.

    Delete every CustomerAddress.
    """
    Customer = apps.get_model("shop", "Customer")
    CustomerAddress = apps.get_model("shop", "CustomerAddress")
    connection = schema_editor.connection
    alias = connection.alias

    customers = Customer._base_manager.using(alias)
    customer_addresses = CustomerAddress._base_manager.using(alias)
    if router.allow_migrate_model(alias, Customer):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        update_from(
            connection,
            customers,
            CustomerAddress,
            {"id": "customer_id"},
            {
                "street": "street",
                "postcode": "postcode",
                "city": "city",
                "country": "country",
            },
        )

    if router.allow_migrate_model(alias, CustomerAddress):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        customer_addresses._raw_delete(alias)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0002_split_into_related_rows_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "customeraddress"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_split_into_related_rows_cleanup.py
# Compiled by migspec from shop/migspecs/split_into_related_rows.yaml, steps 3 to 6. Change the spec, not this file.
# spec 8e2ee7822615, file 3 of 3, code 60e700947aaa

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_split_into_related_rows_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="customer", name="street"),
        migrations.RemoveField(model_name="customer", name="postcode"),
        migrations.RemoveField(model_name="customer", name="city"),
        migrations.RemoveField(model_name="customer", name="country"),
    ]
