# --- people/migrations/0002_move_a_model_to_another_app_schema.py
# Compiled by migspec from library/migspecs/move_a_model_to_another_app.yaml, step 1. Change the spec, not this file.
# spec 824d95fd1878, file 1 of 3, code 8ffe36e502c0

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Publisher",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=100, unique=True)),
                        (
                            "city",
                            models.CharField(blank=True, default="", max_length=60),
                        ),
                        (
                            "country",
                            models.CharField(blank=True, default="", max_length=2),
                        ),
                    ],
                    options={"db_table": "library_publisher"},
                ),
            ]
        ),
    ]

# --- library/migrations/0002_move_a_model_to_another_app_cleanup.py
# Compiled by migspec from library/migspecs/move_a_model_to_another_app.yaml, step 2. Change the spec, not this file.
# spec 824d95fd1878, file 2 of 3, code 342509d14b8c

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0002_move_a_model_to_another_app_schema"),
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="publisher",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="people.publisher",
            ),
        ),
    ]

# --- library/migrations/0003_move_a_model_to_another_app_schema.py
# Compiled by migspec from library/migspecs/move_a_model_to_another_app.yaml, step 3. Change the spec, not this file.
# spec 824d95fd1878, file 3 of 3, code 4d268b84c997

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_move_a_model_to_another_app_cleanup"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Publisher"),
            ]
        ),
    ]
