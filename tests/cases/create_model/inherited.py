# --- library/migrations/0002_inherited_schema.py
# Compiled by migspec from library/migspecs/inherited.yaml, steps 1 to 3. Change the spec, not this file.
# spec 1e41e8e9505e, file 1 of 1, code 25e390f17182

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Anthology",
            fields=[
                (
                    "book_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="library.book",
                    ),
                ),
                ("editor", models.CharField(max_length=100)),
            ],
            bases=("library.book",),
        ),
        migrations.CreateModel(
            name="Classic", fields=[], options={"proxy": True}, bases=("library.book",)
        ),
        migrations.CreateModel(
            name="Shelf",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "room", "number", blank=True, editable=False, primary_key=True
                    ),
                ),
                ("room", models.CharField(max_length=10)),
                ("number", models.IntegerField()),
            ],
        ),
    ]
