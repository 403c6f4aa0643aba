# --- library/migrations/0002_indexed_cleanup.py
# Compiled by migspec from library/migspecs/indexed.yaml, steps 1 to 4. Change the spec, not this file.
# spec 04669fff5fad, file 1 of 1, code 830fe97533f5

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="book", name="book_status_idx"),
        migrations.RemoveField(model_name="book", name="status"),
        migrations.RemoveField(model_name="book", name="tags"),
        migrations.RemoveField(model_name="book", name="details"),
    ]
