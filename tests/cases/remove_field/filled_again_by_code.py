# --- library/migrations/0002_filled_again_by_code_schema.py
# Compiled by migspec from library/migspecs/filled_again_by_code.yaml, steps 1, 2. Change the spec, not this file.
# spec ab855fdfa2bc, file 1 of 3, code 1c9d182e8bfd

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="title",
            field=models.CharField(default="", max_length=60),
        ),
        # So that rolling back can add Tag.label before it has values.
        migrations.AlterField(
            model_name="tag",
            name="label",
            field=models.CharField(max_length=50, null=True),
        ),
    ]

# --- library/migrations/0003_filled_again_by_code_data.py
# Compiled by migspec from library/migspecs/filled_again_by_code.yaml, step 2. Change the spec, not this file.
# spec ab855fdfa2bc, file 2 of 3, code fb11bf48344a

from django.db import migrations


def forwards(apps, schema_editor):
    """Titles are labels in title case."""
    Tag = apps.get_model("library", "Tag")
    for tag in Tag.objects.using(schema_editor.connection.alias):
        tag.title = tag.label.title()
        tag.save()


def backwards(apps, schema_editor):
    """Undo: Titles are labels in title case."""
    Tag = apps.get_model("library", "Tag")
    for tag in Tag.objects.using(schema_editor.connection.alias):
        tag.label = tag.title.lower()
        tag.save()


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_filled_again_by_code_schema"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards),
    ]

# --- library/migrations/0004_filled_again_by_code_cleanup.py
# Compiled by migspec from library/migspecs/filled_again_by_code.yaml, step 3. Change the spec, not this file.
# spec ab855fdfa2bc, file 3 of 3, code e619756f3d77

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_filled_again_by_code_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="tag", name="label"),
    ]
