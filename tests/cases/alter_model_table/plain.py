# --- shop/migrations/0002_plain_cleanup.py
# Compiled by migspec from shop/migspecs/plain.yaml, steps 1, 2. Change the spec, not this file.
# spec ee4a40c7351c, file 1 of 1, code 855833345012

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelTable(name="order", table=None),
        migrations.AlterModelTable(name="customer", table="customers"),
    ]
