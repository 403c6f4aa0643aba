# --- library/migrations/0002_named_elsewhere_cleanup.py
# Compiled by migspec from library/migspecs/named_elsewhere.yaml, steps 1 to 4. Change the spec, not this file.
# spec 90f2b0a4cfea, file 1 of 1, code 5d0b9b04ab1a

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="book", name="book_price_not_negative"),
        migrations.RemoveField(model_name="book", name="price"),
        migrations.RemoveField(model_name="book", name="tags"),
        migrations.RemoveField(model_name="book", name="details"),
    ]
