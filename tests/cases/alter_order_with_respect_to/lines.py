# --- shop/migrations/0002_lines_schema.py
# Compiled by migspec from shop/migspecs/lines.yaml, step 1. Change the spec, not this file.
# spec aa5c0845415b, file 1 of 1, code fdd9af4fd33c

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AlterOrderWithRespectTo(
            name="orderline", order_with_respect_to="order"
        ),
    ]
