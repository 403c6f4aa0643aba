# --- people/migrations/0002_normalise_guarded_data.py
# Compiled by migspec from people/migspecs/normalise_guarded.yaml, step 1. Change the spec, not this file.
# spec 20d337813998, file 1 of 1, code 6f602ba41be9

from django.conf import settings
from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count
from django.db.models.functions import Lower


def forwards(apps, schema_editor):
    """E-mail addresses in lower case.

    Rolling back changes no rows: nobody misses the capitals.
    """
    User = apps.get_model("people", "User")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, User):
        return

    users = User._base_manager.using(alias)
    email = Lower("email")

    shared = (
        users.values(new_value=email)
        .annotate(rows=Count("*"))
        .filter(rows__gt=1, new_value__isnull=False)
        .order_by("new_value")
    )
    if values := list(shared.values_list("new_value", flat=True)[:5]):
        raise ValueError(
            "people/migspecs/normalise_guarded.yaml:7: several rows would"
            f" hold each of these values in User.email, which is unique: {values}"
        )

    # One transaction: the new email is computed from what is written, so a second
    # run would change it again.
    users.update(email=email)
    record_applied(connection, "people", "0002_normalise_guarded_data")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "user"},
            elidable=True,
        ),
    ]
