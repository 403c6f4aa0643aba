# --- library/migrations/0002_irreversible_cleanup.py
# Compiled by migspec from library/migspecs/irreversible.yaml, step 1. Change the spec, not this file.
# spec c4c497ea8069, file 1 of 3, code f3214156a42c

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="contributors"),
    ]

# --- library/migrations/0003_irreversible_schema.py
# Compiled by migspec from library/migspecs/irreversible.yaml, step 2. Change the spec, not this file.
# spec c4c497ea8069, file 2 of 3, code 74262442c588

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_irreversible_cleanup"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Contribution"),
            ]
        ),
    ]

# --- library/migrations/0004_irreversible_cleanup_2.py
# Compiled by migspec from library/migspecs/irreversible.yaml, step 3. Change the spec, not this file.
# spec c4c497ea8069, file 3 of 3, code 1b66fb4874a8

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_irreversible_schema"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Contribution",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "book",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                to="library.book",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                to="library.author",
                            ),
                        ),
                        ("role", models.CharField(max_length=20)),
                        ("position", models.PositiveSmallIntegerField(default=1)),
                    ],
                ),
            ]
        ),
        migrations.DeleteModel(name="Contribution"),
        # Irreversible: nobody knows any more who contributed what
        migrations.RunPython(code=migrations.RunPython.noop),
    ]
