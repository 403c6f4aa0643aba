# Compiled by migspec from central/migspecs/break_down.yaml, steps 1 to 5. Change the spec, not this file.
# spec 4c0c600cf50b, file 1 of 4, code 13ad7c38baa3

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("central", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "central_id",
                    models.BigIntegerField(primary_key=True, serialize=False),
                ),
                ("first_name", models.CharField(max_length=50)),
                ("last_name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Balance",
            fields=[
                (
                    "central_id",
                    models.BigIntegerField(primary_key=True, serialize=False),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("currency", models.CharField(max_length=3)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name="central",
                    name="identity_link",
                    field=models.ForeignObject(
                        editable=False,
                        from_fields=["id"],
                        on_delete=django.db.models.deletion.CASCADE,
                        to="central.identity",
                        to_fields=["central_id"],
                        unique=True,
                    ),
                ),
                migrations.AddField(
                    model_name="central",
                    name="balance_link",
                    field=models.ForeignObject(
                        editable=False,
                        from_fields=["id"],
                        on_delete=django.db.models.deletion.CASCADE,
                        to="central.balance",
                        to_fields=["central_id"],
                        unique=True,
                    ),
                ),
            ]
        ),
        # So that rolling back can add Central.first_name before it has values.
        migrations.AlterField(
            model_name="central",
            name="first_name",
            field=models.CharField(max_length=50, null=True),
        ),
        # So that rolling back can add Central.last_name before it has values.
        migrations.AlterField(
            model_name="central",
            name="last_name",
            field=models.CharField(max_length=50, null=True),
        ),
        # So that rolling back can add Central.amount before it has values.
        migrations.AlterField(
            model_name="central",
            name="amount",
            field=models.DecimalField(decimal_places=2, max_digits=12, null=True),
        ),
        # So that rolling back can add Central.currency before it has values.
        migrations.AlterField(
            model_name="central",
            name="currency",
            field=models.CharField(max_length=3, null=True),
        ),
    ]
