# --- people/migrations/0002_irreversible_data.py
# Compiled by migspec from people/migspecs/irreversible.toml, step 1. Change the spec, not this file.
# spec a509d17ace8b, file 1 of 1, code 1d333fb8c36c

from django.conf import settings
from django.db import migrations


def forwards(apps, schema_editor):
    """Passwords of old kinds are no longer taken."""
    User = apps.get_model("people", "User")
    users = User._base_manager.using(schema_editor.connection.alias)
    users.exclude(password__startswith="argon2").update(password="!")


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0001_initial"),
    ]

    operations = [
        # Irreversible: the passwords are gone
        migrations.RunPython(forwards),
    ]
