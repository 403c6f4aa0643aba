# --- library/migrations/0002_text_data.py
# Compiled by migspec from library/migspecs/text.yaml, step 1. Change the spec, not this file.
# spec d9abb29f4df5, file 1 of 1, code c0d313761aed

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # Labels of tags in a are written large.
        migrations.RunSQL(
            sql="UPDATE library_tag SET label = UPPER(label) WHERE slug LIKE 'a%'",
            reverse_sql="UPDATE library_tag SET label = LOWER(label) WHERE slug LIKE 'a%'",
            elidable=True,
        ),
    ]
