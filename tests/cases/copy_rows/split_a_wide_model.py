# --- shop/migrations/0002_split_a_wide_model_schema.py
# Compiled by migspec from shop/migspecs/split_a_wide_model.yaml, steps 1, 2. Change the spec, not this file.
# spec 85bf3b594c7e, file 1 of 3, code 251ccf63551a

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

# --- shop/migrations/0003_split_a_wide_model_data.py
# Compiled by migspec from shop/migspecs/split_a_wide_model.yaml, step 2. Change the spec, not this file.
# spec 85bf3b594c7e, file 2 of 3, code f4f42e26adea

from django.db import migrations, router
from django.db.models import Exists, OuterRef, Subquery


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
            "street": "street",
            "postcode": "postcode",
            "city": "city",
            "country": "country",
            "customer_id": "id",
        },
        customers,
    )


def backwards(apps, schema_editor):
    """Set Customer.street, postcode, city and country from the CustomerAddress of each
    Customer.

    Delete every CustomerAddress.
    """
    Customer = apps.get_model("shop", "Customer")
    CustomerAddress = apps.get_model("shop", "CustomerAddress")
    alias = schema_editor.connection.alias

    customers = Customer._base_manager.using(alias)
    customer_addresses = CustomerAddress._base_manager.using(alias)
    if router.allow_migrate_model(alias, Customer):
        customer_address = CustomerAddress._base_manager.using(alias).filter(
            customer_id=OuterRef("id")
        )

        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        customers.filter(Exists(customer_address)).update(
            street=Subquery(customer_address.values("street")[:1]),
            postcode=Subquery(customer_address.values("postcode")[:1]),
            city=Subquery(customer_address.values("city")[:1]),
            country=Subquery(customer_address.values("country")[:1]),
        )

    if router.allow_migrate_model(alias, CustomerAddress):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        customer_addresses._raw_delete(alias)


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
        ("shop", "0002_split_a_wide_model_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "customeraddress"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_split_a_wide_model_cleanup.py
# Compiled by migspec from shop/migspecs/split_a_wide_model.yaml, steps 3 to 6. Change the spec, not this file.
# spec 85bf3b594c7e, file 3 of 3, code cb1b5c3948d0

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_split_a_wide_model_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="customer", name="street"),
        migrations.RemoveField(model_name="customer", name="postcode"),
        migrations.RemoveField(model_name="customer", name="city"),
        migrations.RemoveField(model_name="customer", name="country"),
    ]
