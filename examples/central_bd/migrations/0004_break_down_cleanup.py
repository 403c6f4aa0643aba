# Compiled by migspec from central_bd/migspecs/break_down.yaml, steps 7 to 10. Change the spec, not this file.
# spec d23230c0232c, file 3 of 3, code e50ccb6886c6

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("central_bd", "0003_break_down_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="central", name="first_name"),
        migrations.RemoveField(model_name="central", name="last_name"),
        migrations.RemoveField(model_name="central", name="amount"),
        migrations.RemoveField(model_name="central", name="currency"),
    ]
