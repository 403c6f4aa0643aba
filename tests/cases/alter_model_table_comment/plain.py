# --- shop/migrations/0002_plain_schema.py
# Compiled by migspec from shop/migspecs/plain.yaml, step 1. Change the spec, not this file.
# spec 2632fed0c6ec, file 1 of 1, code ccc9a45cb3ce

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelTableComment(
            name="order",
            table_comment="One row for each order that was placed, paid or not.",
        ),
    ]
