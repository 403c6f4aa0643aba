# --- library/migrations/0002_noop_and_irreversible_data.py
# Compiled by migspec from library/migspecs/noop_and_irreversible.toml, steps 1, 2. Change the spec, not this file.
# spec 9a56ec26539b, file 1 of 1, code 6bb515ddf7a6

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # Rolling back does nothing: a dash says nothing
        migrations.RunSQL(
            sql="UPDATE library_loan SET note = '' WHERE note = '-'",
            reverse_sql=migrations.RunSQL.noop,
            hints={"target": "loans"},
        ),
        # Irreversible: loans of the last century
        migrations.RunSQL(
            sql=[("DELETE FROM library_loan WHERE due < %s", ("2000-01-01",))]
        ),
    ]
