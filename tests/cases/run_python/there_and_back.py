# --- library/migrations/0002_there_and_back_data.py
# Compiled by migspec from library/migspecs/there_and_back.yaml, step 1. Change the spec, not this file.
# spec bfe7ad538c2f, file 1 of 1, code 8d4990580f4f

from django.db import migrations


def forwards(apps, schema_editor):
    """Last names begin with a capital."""
    Author = apps.get_model("library", "Author")

    def initial(name):
        return name[:1].upper() + name[1:]

    for author in Author._base_manager.using(schema_editor.connection.alias):
        author.last_name = initial(author.last_name)
        author.save(update_fields=["last_name"])


def backwards(apps, schema_editor):
    """Undo: Last names begin with a capital."""
    Author = apps.get_model("library", "Author")
    for author in Author._base_manager.using(schema_editor.connection.alias):
        author.last_name = author.last_name.lower()
        author.save(update_fields=["last_name"])


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards),
    ]
