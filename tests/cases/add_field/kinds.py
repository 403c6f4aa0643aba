# --- library/migrations/0002_kinds_schema.py
# Compiled by migspec from library/migspecs/kinds.yaml, steps 1 to 6. Change the spec, not this file.
# spec 0e2161562d88, file 1 of 1, code ad7ab79c9e9b

import datetime

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="subtitle",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="book",
            name="added",
            field=models.DateField(default=datetime.date.today),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="book",
            name="editor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="book",
            name="related",
            field=models.ManyToManyField(blank=True, to="library.book"),
        ),
        migrations.AddField(
            model_name="book",
            name="thousands",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.CombinedExpression(
                    models.F("pages"), "*", models.Value(1000)
                ),
                output_field=models.IntegerField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="author",
            name="pen_name",
            field=models.CharField(max_length=50, null=True, verbose_name="pen name"),
        ),
    ]
