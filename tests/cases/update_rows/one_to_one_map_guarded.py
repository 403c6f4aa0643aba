# --- shop/migrations/0002_one_to_one_map_guarded_data.py
# Compiled by migspec from shop/migspecs/one_to_one_map_guarded.yaml, step 1. Change the spec, not this file.
# spec f3130ee01102, file 1 of 1, code 470e98be152c

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Case, Value, When

NEW_STATUS = {
    0: 0,
    1: 10,
    2: 20,
}
OLD_STATUS = {new: old for old, new in NEW_STATUS.items()}


def forwards(apps, schema_editor):
    """States get numbers with room between them."""
    Order = apps.get_model("shop", "Order")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)
    status = Case(
        *(When(status=old, then=Value(new)) for old, new in NEW_STATUS.items())
    )

    unmapped = (
        orders.alias(new_status=status).filter(new_status=None).order_by("status")
    )
    if values := list(unmapped.values_list("status", flat=True).distinct()[:5]):
        raise ValueError(
            "shop/migspecs/one_to_one_map_guarded.yaml:6: the map of "
            f"Order.status does not name these values: {values}"
        )

    # One transaction: the new status is computed from what is written, so a second
    # run would change it again.
    orders.update(status=status)
    record_applied(connection, "shop", "0002_one_to_one_map_guarded_data")


def backwards(apps, schema_editor):
    """Set Order.status by the value of status."""
    Order = apps.get_model("shop", "Order")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Order):
        return

    orders = Order._base_manager.using(alias)
    status = Case(
        *(When(status=old, then=Value(new)) for old, new in OLD_STATUS.items())
    )

    # One transaction: the whole step is one, as the new status is computed from
    # what is written, so a second run would change it again.
    orders.filter(status__in=OLD_STATUS).update(status=status)


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "order"}, elidable=True
        ),
    ]
