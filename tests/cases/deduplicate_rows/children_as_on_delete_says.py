# --- library/migrations/0002_children_as_on_delete_says_data.py
# Compiled by migspec from library/migspecs/children_as_on_delete_says.yaml, step 1. Change the spec, not this file.
# spec b7b343d0e33f, file 1 of 1, code b5b9b85bb076

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Window
from django.db.models.functions import RowNumber


def forwards(apps, schema_editor):
    """Delete the rows of Publisher that repeat city and country, but the first by -name
    and id.

    It cannot be rolled back: a clean-up.
    """
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    repeated_publishers = publishers.annotate(
        nth=Window(
            RowNumber(), partition_by=["city", "country"], order_by=["-name", "id"]
        )
    ).filter(nth__gt=1)

    # One transaction: which rows go depends on the others.
    publishers.filter(pk__in=repeated_publishers.values("pk")).delete()
    record_applied(connection, "library", "0002_children_as_on_delete_says_data")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, hints={"model_name": "publisher"}, elidable=True
        ),
    ]
