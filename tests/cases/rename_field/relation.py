# --- shop/migrations/0002_relation_cleanup.py
# Compiled by migspec from shop/migspecs/relation.yaml, steps 1, 2. Change the spec, not this file.
# spec b9b2726d8fd5, file 1 of 1, code bbcb18ed5fb6

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RenameField(model_name="product", old_name="book", new_name="about"),
        migrations.RenameField(
            model_name="category", old_name="name", new_name="label"
        ),
    ]
