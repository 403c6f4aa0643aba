# --- library/migrations/0002_contribution_cleanup.py
# Compiled by migspec from library/migspecs/contribution.yaml, steps 1, 2. Change the spec, not this file.
# spec bbacaf8cb17a, file 1 of 1, code 69558e9c50e3

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="contributors"),
        migrations.DeleteModel(name="Contribution"),
    ]
