"""Hand-written: the columns go."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_copy")]

    operations = [
        migrations.RemoveField("customer", "street"),
        migrations.RemoveField("customer", "city"),
    ]
