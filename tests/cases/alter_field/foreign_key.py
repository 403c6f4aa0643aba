# --- shop/migrations/0002_foreign_key_schema.py
# Compiled by migspec from shop/migspecs/foreign_key.yaml, step 1. Change the spec, not this file.
# spec 5bb2cee8acfe, file 1 of 1, code 3a23baaa8087

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="product",
            name="book",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                to="library.book",
            ),
        ),
    ]
