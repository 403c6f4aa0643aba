# --- library/migrations/0002_kinds_cleanup.py
# Compiled by migspec from library/migspecs/kinds.yaml, steps 1, 2. Change the spec, not this file.
# spec 0fbf57b71851, file 1 of 1, code 22b009ac6d8e

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="author",
            constraint=models.UniqueConstraint(
                fields=("first_name", "last_name"), name="author_name_once"
            ),
        ),
        # A book has pages, if we know how many.
        migrations.AddConstraint(
            model_name="book",
            constraint=models.CheckConstraint(
                condition=models.Q(("pages__gte", 1), ("pages", None), _connector="OR"),
                name="book_pages",
            ),
        ),
    ]
