# Compiled by migspec from central/migspecs/break_down.yaml, steps 7 to 10. Change the spec, not this file.
# spec 4c0c600cf50b, file 4 of 4, code e322cc6c7b0a

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("central", "0004_break_down_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="central", name="first_name"),
        migrations.RemoveField(model_name="central", name="last_name"),
        migrations.RemoveField(model_name="central", name="amount"),
        migrations.RemoveField(model_name="central", name="currency"),
    ]
