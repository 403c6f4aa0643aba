# --- library/migrations/0002_review_schema.py
# Compiled by migspec from library/migspecs/review.yaml, step 1. Change the spec, not this file.
# spec afe9d7a0d3ca, file 1 of 1, code 6f7177222b65

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="library.book",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "poor"), (2, "fair"), (3, "good")]
                    ),
                ),
                ("text", models.TextField(blank=True, default="")),
                ("tags", models.ManyToManyField(blank=True, to="library.tag")),
                (
                    "answer_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="library.review",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("book", "member"), name="review_once"
                    )
                ],
                "indexes": [models.Index(fields=["stars"], name="review_stars_idx")],
                "ordering": ["-stars"],
            },
        ),
    ]
