# --- library/migrations/0002_message_schema.py
# Compiled by migspec from library/migspecs/message.yaml, step 1. Change the spec, not this file.
# spec 3069a42ab6b1, file 1 of 1, code ecf257eaff34

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AlterConstraint(
            model_name="contribution",
            name="contribution_once",
            constraint=models.UniqueConstraint(
                fields=("book", "author", "role"),
                name="contribution_once",
                violation_error_message="This author has that role already.",
            ),
        ),
    ]
