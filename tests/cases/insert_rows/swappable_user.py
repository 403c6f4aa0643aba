# --- people/migrations/0002_swappable_user_data.py
# Compiled by migspec from people/migspecs/swappable_user.yaml, step 1. Change the spec, not this file.
# spec 518166e3ee6d, file 1 of 1, code c2f1da160d9d

from django.conf import settings
from django.db import migrations, router

USERS = [
    {"email": "jobs@example.org", "name": "Jobs", "password": "!", "is_active": False},
]


def forwards(apps, schema_editor):
    """The user in whose name jobs run."""
    User = apps.get_model("people", "User")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, User):
        return

    users = User._base_manager.using(alias)
    users.bulk_create(
        [User(**row) for row in USERS if not users.filter(email=row["email"]).exists()]
    )


def backwards(apps, schema_editor):
    """Delete the 1 row of User listed above, but for rows that others point at.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column, and no other row points at it.
    """
    User = apps.get_model("people", "User")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, User):
        return

    users = User._base_manager.using(alias)

    for row in USERS:
        users.filter(
            **row, profile__isnull=True, loans__isnull=True, customer__isnull=True
        )._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0001_initial"),
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "user"}),
    ]
