# --- library/migrations/0002_surname_cleanup.py
# Compiled by migspec from library/migspecs/surname.yaml, step 1. Change the spec, not this file.
# spec d545dc70a724, file 1 of 1, code 1008d7eb1b05

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RenameField(
            model_name="author", old_name="last_name", new_name="surname"
        ),
        migrations.AlterModelOptions(
            name="author", options={"ordering": ["surname", "first_name"]}
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="author", name="author_name_idx"),
                migrations.AddIndex(
                    model_name="author",
                    index=models.Index(
                        fields=["surname", "first_name"], name="author_name_idx"
                    ),
                ),
            ]
        ),
    ]
