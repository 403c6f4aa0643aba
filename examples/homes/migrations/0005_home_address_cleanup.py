# Compiled by migspec from homes/migspecs/home_address.yaml, step 3. Change the spec, not this file.
# spec 7f361ee39f00, file 3 of 3, code c8994335e946

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("homes", "0004_home_address_data"),
    ]

    operations = [
        migrations.DeleteModel(name="HomeAddress"),
    ]
