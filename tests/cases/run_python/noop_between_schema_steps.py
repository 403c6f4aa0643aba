# --- library/migrations/0002_noop_between_schema_steps_schema.py
# Compiled by migspec from library/migspecs/noop_between_schema_steps.yaml, step 1. Change the spec, not this file.
# spec 88982f508c3b, file 1 of 3, code af8e9e4a59c6

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book", name="words", field=models.IntegerField(null=True)
        ),
    ]

# --- library/migrations/0003_noop_between_schema_steps_data.py
# Compiled by migspec from library/migspecs/noop_between_schema_steps.yaml, step 2. Change the spec, not this file.
# spec 88982f508c3b, file 2 of 3, code dc8f5873db88

from django.db import migrations


def forwards(apps, schema_editor):
    import re

    Book = apps.get_model("library", "Book")
    books = Book._base_manager.using(schema_editor.connection.alias)
    for book in books.only("summary").iterator(chunk_size=500):
        book.words = len(re.findall(r"\w+", book.summary))
        book.save(update_fields=["words"])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_noop_between_schema_steps_schema"),
    ]

    operations = [
        # Rolling back does nothing: the column goes
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            atomic=False,
            hints={"target": "books"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_noop_between_schema_steps_cleanup.py
# Compiled by migspec from library/migspecs/noop_between_schema_steps.yaml, step 3. Change the spec, not this file.
# spec 88982f508c3b, file 3 of 3, code e695fd112ba7

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_noop_between_schema_steps_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book", name="words", field=models.IntegerField()
        ),
    ]
