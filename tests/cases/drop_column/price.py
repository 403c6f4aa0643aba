# --- library/migrations/0002_price_cleanup.py
# Compiled by migspec from library/migspecs/price.yaml, step 1. Change the spec, not this file.
# spec 58b3942a8b2c, file 1 of 3, code d347ae17329e

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="book", name="book_price_not_negative"),
    ]

# --- library/migrations/0003_price_schema.py
# Compiled by migspec from library/migspecs/price.yaml, step 2. Change the spec, not this file.
# spec 58b3942a8b2c, file 2 of 3, code e0311cf34edc

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_price_cleanup"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="book", name="price"),
            ]
        ),
    ]

# --- library/migrations/0004_price_cleanup_2.py
# Compiled by migspec from library/migspecs/price.yaml, step 3. Change the spec, not this file.
# spec 58b3942a8b2c, file 3 of 3, code 1ceb8ad01574

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_price_schema"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name="book",
                    name="price",
                    field=models.DecimalField(
                        decimal_places=2, max_digits=8, null=True
                    ),
                ),
            ]
        ),
        migrations.RemoveField(model_name="book", name="price"),
    ]
