# --- shop/migrations/0002_changed_cleanup.py
# Compiled by migspec from shop/migspecs/changed.yaml, steps 1, 2. Change the spec, not this file.
# spec 9b1a2a8102ae, file 1 of 1, code e88d3ecbe6a9

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AlterUniqueTogether(
            name="category", unique_together={("parent", "position")}
        ),
        migrations.AlterUniqueTogether(
            name="product", unique_together={("name", "category")}
        ),
    ]
