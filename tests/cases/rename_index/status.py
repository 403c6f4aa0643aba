# --- library/migrations/0002_status_cleanup.py
# Compiled by migspec from library/migspecs/status.yaml, step 1. Change the spec, not this file.
# spec eb81d78de1cf, file 1 of 1, code 8eb4e9f4ce0d

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RenameIndex(
            model_name="book", new_name="book_by_status_idx", old_name="book_status_idx"
        ),
    ]
