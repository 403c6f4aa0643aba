# Compiled by migspec from articles/migspecs/special_operations.yaml, steps 6, 7. Change the spec, not this file.
# spec 12a889e97c70, file 2 of 4, code dbd1235955ba

from django.db import migrations


def forwards(apps, schema_editor):
    """Give each article without a slug one."""
    from django.utils.text import slugify

    Article = apps.get_model("articles", "Article")
    articles = Article._base_manager.using(schema_editor.connection.alias)
    for article in articles.filter(slug="").only("title"):
        article.slug = slugify(article.title)
        article.save(update_fields=["slug"])


class Migration(migrations.Migration):

    dependencies = [
        ("articles", "0002_special_operations_schema"),
    ]

    operations = [
        # Rolling back does nothing: the column goes when the migration is rolled back
        migrations.RunSQL(
            sql=[
                ("UPDATE articles_article SET views = %s WHERE draft = %s", (1, False))
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
        # Rolling back does nothing: a slug does no harm
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
