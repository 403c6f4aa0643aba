import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("homes", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="HomeAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="accounts.address")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="homes.home")),
            ],
        ),
    ]
