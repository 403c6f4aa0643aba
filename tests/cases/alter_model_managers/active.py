# --- shop/migrations/0002_active_schema.py
# Compiled by migspec from shop/migspecs/active.yaml, step 1. Change the spec, not this file.
# spec c9ed44f15085, file 1 of 1, code 9a13e3bbcc2c

from django.db import migrations

import shop.managers


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelManagers(
            name="product",
            managers=[
                ("available", shop.managers.ActiveManager()),
            ],
        ),
    ]
