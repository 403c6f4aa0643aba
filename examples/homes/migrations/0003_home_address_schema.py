# Compiled by migspec from homes/migspecs/home_address.yaml, step 1. Change the spec, not this file.
# spec 7f361ee39f00, file 1 of 3, code ed09620211c7

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("homes", "0002_homeaddress"),
    ]

    operations = [
        migrations.AddField(
            model_name="home",
            name="address",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="accounts.address",
            ),
        ),
    ]
