# --- shop/migrations/0002_numbers_of_several_kinds_schema.py
# Compiled by migspec from shop/migspecs/numbers_of_several_kinds.yaml, step 1. Change the spec, not this file.
# spec 2f5d17bca369, file 1 of 2, code f3b55f88ed4c

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="shop.product",
                    ),
                ),
                ("price", models.DecimalField(decimal_places=2, max_digits=10)),
                ("rank", models.BigIntegerField()),
                ("weight", models.FloatField()),
            ],
        ),
    ]

# --- shop/migrations/0003_numbers_of_several_kinds_data.py
# Compiled by migspec from shop/migspecs/numbers_of_several_kinds.yaml, step 2. Change the spec, not this file.
# spec 2f5d17bca369, file 2 of 2, code 78785bf4dcc2

from django.db import migrations, models, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import ExpressionWrapper, F
from django.db.models.functions import Coalesce, Greatest


def forwards(apps, schema_editor):
    """Insert an Offer for each Product where active=True."""
    Offer = apps.get_model("shop", "Offer")
    Product = apps.get_model("shop", "Product")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Offer):
        return

    products = Product._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Offer,
        {
            "product_id": "id",
            "price": ExpressionWrapper(
                F("price") * 0.5, output_field=models.FloatField()
            ),
            "rank": Coalesce("stock", "id", output_field=models.BigIntegerField()),
            "weight": ExpressionWrapper(
                Greatest("price", "stock", output_field=models.DecimalField()) / 2.0,
                output_field=models.FloatField(),
            ),
        },
        products.filter(active=True),
    )
    record_applied(connection, "shop", "0003_numbers_of_several_kinds_data")


def backwards(apps, schema_editor):
    """Delete every Offer."""
    Offer = apps.get_model("shop", "Offer")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Offer):
        return

    offers = Offer._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    offers._raw_delete(alias)


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
        ("shop", "0002_numbers_of_several_kinds_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "offer"}, elidable=True
        ),
    ]
