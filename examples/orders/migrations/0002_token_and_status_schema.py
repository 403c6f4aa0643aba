# Compiled by migspec from orders/migspecs/token_and_status.yaml, steps 1, 2, 4. Change the spec, not this file.
# spec 27db7c71544b, file 1 of 3, code 7da567c4c709

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="token",
            field=models.UUIDField(editable=False, null=True),
        ),
        # So that rolling back can add Order.code before it has values.
        migrations.AlterField(
            model_name="order", name="code", field=models.SmallIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="order",
            name="status",
            field=models.CharField(max_length=10, null=True),
        ),
    ]
