# --- library/migrations/0002_touches_everything_schema.py
# Compiled by migspec from library/migspecs/touches_everything.yaml, step 1. Change the spec, not this file.
# spec 62b7f4f5e1ff, file 1 of 4, code 4229ad418952

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="tag", name="weight", field=models.IntegerField(default=0)
        ),
    ]

# --- library/migrations/0003_touches_everything_data.py
# Compiled by migspec from library/migspecs/touches_everything.yaml, step 2. Change the spec, not this file.
# spec 62b7f4f5e1ff, file 2 of 4, code 967f48134138

from django.db import migrations


def forwards(apps, schema_editor):
    from django.db.models import Count

    Tag = apps.get_model("library", "Tag")
    tags = Tag._base_manager.using(schema_editor.connection.alias)
    for tag in tags.annotate(books=Count("book")):
        tags.filter(pk=tag.pk).update(weight=tag.books)


def backwards(apps, schema_editor):
    pass


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_touches_everything_schema"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards),
    ]

# --- library/migrations/0004_touches_everything_schema_2.py
# Compiled by migspec from library/migspecs/touches_everything.yaml, step 3. Change the spec, not this file.
# spec 62b7f4f5e1ff, file 3 of 4, code cb4f062cca04

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_touches_everything_data"),
    ]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="colour",
            field=models.CharField(default="", max_length=10),
        ),
    ]

# --- library/migrations/0005_touches_everything_data_2.py
# Compiled by migspec from library/migspecs/touches_everything.yaml, step 4. Change the spec, not this file.
# spec 62b7f4f5e1ff, file 4 of 4, code 3487f2e0d646

from django.db import migrations


def forwards(apps, schema_editor):
    Tag = apps.get_model("library", "Tag")
    Tag._base_manager.using(schema_editor.connection.alias).filter(weight=0).update(
        colour="grey"
    )


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_touches_everything_schema_2"),
    ]

    operations = [
        # Rolling back does nothing: the column goes
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
