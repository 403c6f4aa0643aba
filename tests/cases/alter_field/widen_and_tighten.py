# --- library/migrations/0002_widen_and_tighten_schema.py
# Compiled by migspec from library/migspecs/widen_and_tighten.yaml, steps 1 to 3. Change the spec, not this file.
# spec 795d5caef45a, file 1 of 2, code f5ce93bcb6a8

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="summary",
            field=models.TextField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="publisher",
            name="name",
            field=models.CharField(max_length=200, unique=True),
        ),
        migrations.AlterField(
            model_name="book",
            name="status",
            field=models.IntegerField(
                choices=[(1, "planned"), (2, "in print"), (3, "out of print")],
                help_text="as printed",
            ),
        ),
    ]

# --- library/migrations/0003_widen_and_tighten_cleanup.py
# Compiled by migspec from library/migspecs/widen_and_tighten.yaml, steps 4, 5. Change the spec, not this file.
# spec 795d5caef45a, file 2 of 2, code a0c491092ec5

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_widen_and_tighten_schema"),
    ]

    operations = [
        migrations.AlterField(
            model_name="author",
            name="first_name",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AlterField(
            model_name="book",
            name="pages",
            field=models.PositiveIntegerField(blank=True, default=0),
            preserve_default=False,
        ),
    ]
