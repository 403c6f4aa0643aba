# --- shop/migrations/0002_merged_schema.py
# Compiled by migspec from shop/migspecs/merged.yaml, steps 1, 2. Change the spec, not this file.
# spec a95f91e4c81e, file 1 of 1, code b992e634dc85

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="order",
            options={
                "get_latest_by": "placed_at",
                "permissions": [("refund_order", "Can refund an order")],
                "verbose_name": "purchase",
            },
        ),
        migrations.AlterModelOptions(
            name="category",
            options={
                "default_permissions": ["view"],
                "ordering": ["position", "-name"],
                "verbose_name_plural": "categories",
            },
        ),
    ]
