# Compiled by migspec from articles/migspecs/special_operations.yaml, steps 1 to 5. Change the spec, not this file.
# spec 12a889e97c70, file 1 of 4, code 53436e923245

from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models

import articles.managers


class CreateExtensionOnPostgreSQL(CreateExtension):
    """CreateExtension where the database is PostgreSQL; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):

    dependencies = [
        ("articles", "0001_initial"),
    ]

    operations = [
        CreateExtensionOnPostgreSQL(name="vector"),
        # The column that another service counts in.
        migrations.RunSQL(
            sql="ALTER TABLE articles_article ADD COLUMN views integer DEFAULT 0 NOT NULL",
            reverse_sql="ALTER TABLE articles_article DROP COLUMN views",
            state_operations=[
                migrations.AddField(
                    model_name="article",
                    name="views",
                    field=models.IntegerField(default=0),
                ),
            ],
        ),
        migrations.AlterOrderWithRespectTo(
            name="article", order_with_respect_to="section"
        ),
        migrations.AlterModelOptions(name="article", options={"verbose_name": "piece"}),
        migrations.AlterModelManagers(
            name="article",
            managers=[
                ("objects", articles.managers.ArticleManager()),
            ],
        ),
    ]
