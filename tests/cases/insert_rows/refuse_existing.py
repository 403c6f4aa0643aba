# --- library/migrations/0002_refuse_existing_data.py
# Compiled by migspec from library/migspecs/refuse_existing.yaml, step 1. Change the spec, not this file.
# spec 037994716c69, file 1 of 1, code d9b5d34f1a7f

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder

PUBLISHERS = [
    {"name": "Aschehoug", "city": "Oslo", "country": "NO"},
    {"name": "Gyldendal"},
]


def forwards(apps, schema_editor):
    """Insert 2 rows of Publisher."""
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    if values := [
        row["name"]
        for row in PUBLISHERS
        if publishers.filter(name=row["name"]).exists()
    ]:
        raise ValueError(
            "library/migspecs/refuse_existing.yaml:6: rows of Publisher "
            f"by name are there already: {values[:5]}"
        )

    # One transaction: a second run would find its own rows there.
    publishers.bulk_create([Publisher(**row) for row in PUBLISHERS])
    record_applied(connection, "library", "0002_refuse_existing_data")


def backwards(apps, schema_editor):
    """Delete the 2 rows of Publisher listed above, but for rows that others point at."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    for row in PUBLISHERS:
        publishers.filter(name=row["name"], book__isnull=True)._raw_delete(alias)


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "publisher"}),
    ]
