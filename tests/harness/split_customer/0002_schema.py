"""Hand-written: a table that shares its key with Customer, and a link to it in the state only."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CustomerAddress",
            fields=[
                ("customer_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("street", models.CharField(max_length=100)),
                ("city", models.CharField(max_length=60)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name="customer",
                    name="address",
                    field=models.ForeignObject(
                        editable=False,
                        from_fields=["id"],
                        on_delete=django.db.models.deletion.CASCADE,
                        to="shop.customeraddress",
                        to_fields=["customer_id"],
                        unique=True,
                    ),
                ),
            ],
        ),
        # Nullable before the copy, so that NOT NULL comes back only after the reverse copy has run.
        migrations.AlterField("customer", "street", models.CharField(max_length=100, null=True)),
        migrations.AlterField("customer", "city", models.CharField(max_length=60, null=True)),
    ]
