# Compiled by migspec from orders/migspecs/token_and_status.yaml, steps 3, 6, 7. Change the spec, not this file.
# spec 27db7c71544b, file 3 of 3, code 26bc1f149ad1

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0003_token_and_status_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="token",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AlterField(
            model_name="order", name="status", field=models.CharField(max_length=10)
        ),
        migrations.RemoveField(model_name="order", name="code"),
    ]
