# --- library/migrations/0002_publisher_cleanup.py
# Compiled by migspec from library/migspecs/publisher.yaml, step 1. Change the spec, not this file.
# spec 9460630b3f1a, file 1 of 1, code 52e67a015ce7

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RenameModel(old_name="Publisher", new_name="House"),
    ]
