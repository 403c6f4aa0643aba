# --- shop/migrations/0002_unique_numbers_shifted_schema.py
# Compiled by migspec from shop/migspecs/unique_numbers_shifted.yaml, step 1. Change the spec, not this file.
# spec 144df3f8179a, file 1 of 3, code 064d56c7b6a4

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order", name="number", field=models.PositiveIntegerField()
        ),
    ]

# --- shop/migrations/0003_unique_numbers_shifted_data.py
# Compiled by migspec from shop/migspecs/unique_numbers_shifted.yaml, step 2. Change the spec, not this file.
# spec 144df3f8179a, file 2 of 3, code ee8ec3d78d00

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F


def forwards(apps, schema_editor):
    """Set Order.number to F('number') + 1."""
    Order = apps.get_model("shop", "Order")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)

    # One transaction: the new number is computed from what is written, so a second
    # run would change it again.
    orders.update(number=F("number") + 1)
    record_applied(connection, "shop", "0003_unique_numbers_shifted_data")


def backwards(apps, schema_editor):
    """Set Order.number to F('number') - 1."""
    Order = apps.get_model("shop", "Order")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)

    # One transaction: the new number is computed from what is written, so a second
    # run would change it again.
    orders.update(number=F("number") - 1)
    record_unapplied(connection, "shop", "0003_unique_numbers_shifted_data")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0002_unique_numbers_shifted_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "order"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_unique_numbers_shifted_cleanup.py
# Compiled by migspec from shop/migspecs/unique_numbers_shifted.yaml, step 3. Change the spec, not this file.
# spec 144df3f8179a, file 3 of 3, code e036bc201bb8

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_unique_numbers_shifted_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="number",
            field=models.PositiveIntegerField(unique=True),
        ),
    ]
