# --- library/migrations/0002_contribution_cleanup.py
# Compiled by migspec from library/migspecs/contribution.yaml, step 1. Change the spec, not this file.
# spec 6a2927f52510, file 1 of 3, code f3214156a42c

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RemoveField(model_name="book", name="contributors"),
    ]

# --- library/migrations/0003_contribution_schema.py
# Compiled by migspec from library/migspecs/contribution.yaml, step 2. Change the spec, not this file.
# spec 6a2927f52510, file 2 of 3, code d1f930b77f65

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_contribution_cleanup"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Contribution"),
            ]
        ),
    ]

# --- library/migrations/0004_contribution_cleanup_2.py
# Compiled by migspec from library/migspecs/contribution.yaml, step 3. Change the spec, not this file.
# spec 6a2927f52510, file 3 of 3, code df1afd0d1a3b

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_contribution_schema"),
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
    ]
