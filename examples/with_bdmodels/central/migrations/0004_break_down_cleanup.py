# Compiled by migspec from central/migspecs/break_down.yaml, steps 7 to 10. Change the spec, not this file.
# spec ce05bc8f6606, file 3 of 3, code 4bff004317ee

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("central", "0003_break_down_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="central", name="first_name"),
        migrations.RemoveField(model_name="central", name="last_name"),
        migrations.RemoveField(model_name="central", name="amount"),
        migrations.RemoveField(model_name="central", name="currency"),
    ]
