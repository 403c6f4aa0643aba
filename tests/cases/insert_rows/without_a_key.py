# --- shop/migrations/0002_without_a_key_schema.py
# Compiled by migspec from shop/migspecs/without_a_key.yaml, step 1. Change the spec, not this file.
# spec 334c7d15bf3f, file 1 of 2, code 158c102267aa

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Holiday",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("opens", models.TimeField(null=True)),
                ("lasts", models.DurationField(null=True)),
                ("fee", models.DecimalField(decimal_places=2, default=0, max_digits=6)),
                ("details", models.JSONField(default=dict)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                ("open", models.BooleanField(default=False)),
            ],
        ),
    ]

# --- shop/migrations/0003_without_a_key_data.py
# Compiled by migspec from shop/migspecs/without_a_key.yaml, step 2. Change the spec, not this file.
# spec 334c7d15bf3f, file 2 of 2, code 64b76426ff82

import datetime
import uuid
from decimal import Decimal

import django.utils.timezone
from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder

HOLIDAYS = [
    {"day": datetime.date(2025, 1, 1)},
    {
        "day": datetime.date(2025, 5, 1),
        "opens": None,
        "details": {"why": ["labour", "day"]},
    },
    {
        "day": datetime.date(2025, 12, 24),
        "opens": datetime.time(12, 0),
        "lasts": datetime.timedelta(seconds=9000),
        "fee": Decimal("12.50"),
        "open": True,
        "added_at": datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc),
    },
    {
        "day": datetime.date(2025, 12, 25),
        "id": uuid.UUID("6ba7b810-9dad-41d1-80b4-00c04fd430c8"),
    },
]


def forwards(apps, schema_editor):
    """The days on which the shop is closed, and one on which it opens late."""
    Holiday = apps.get_model("shop", "Holiday")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Holiday):
        return

    holidays = Holiday._base_manager.using(alias)
    added_at_field = Holiday._meta.get_field("added_at")
    rows = [
        {"day": datetime.date(2025, 1, 1), "added_at": django.utils.timezone.now()},
        {
            "day": datetime.date(2025, 5, 1),
            "opens": None,
            "details": {"why": ["labour", "day"]},
            "added_at": django.utils.timezone.now(),
        },
        {
            "day": datetime.date(2025, 12, 24),
            "opens": datetime.time(12, 0),
            "lasts": datetime.timedelta(seconds=9000),
            "fee": Decimal("12.50"),
            "open": True,
            "added_at": datetime.datetime(
                2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc
            ),
        },
        {
            "day": datetime.date(2025, 12, 25),
            "id": uuid.UUID("6ba7b810-9dad-41d1-80b4-00c04fd430c8"),
            "added_at": django.utils.timezone.now(),
        },
    ]
    added_at_field.auto_now_add = False  # the rows bring their own

    # One transaction: without a key, a second run would insert the rows again.
    holidays.bulk_create([Holiday(**row) for row in rows])
    record_applied(connection, "shop", "0003_without_a_key_data")


def backwards(apps, schema_editor):
    """Delete the 4 rows of Holiday listed above."""
    Holiday = apps.get_model("shop", "Holiday")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Holiday):
        return

    holidays = Holiday._base_manager.using(alias)

    for row in HOLIDAYS:
        holidays.filter(**row)._raw_delete(alias)


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0002_without_a_key_schema"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "holiday"}),
    ]
