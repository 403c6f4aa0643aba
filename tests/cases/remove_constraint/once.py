# --- library/migrations/0002_once_cleanup.py
# Compiled by migspec from library/migspecs/once.yaml, step 1. Change the spec, not this file.
# spec 9e4dfc96f55a, file 1 of 1, code fac6d29b4eb3

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="contribution", name="contribution_once"
        ),
    ]
