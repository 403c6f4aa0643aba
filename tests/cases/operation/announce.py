# --- library/migrations/0002_announce_schema.py
# Compiled by migspec from library/migspecs/announce.yaml, steps 1, 2. Change the spec, not this file.
# spec 93f1759d0902, file 1 of 1, code ff2af1d1e11f

from django.db import migrations

import library.operations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        library.operations.Announce(text="the library opens", loud=True),
        migrations.AlterModelTableComment(name="book", table_comment=str()),
    ]
