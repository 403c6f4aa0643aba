# Compiled by migspec from geo/migspecs/countries.toml, step 1. Change the spec, not this file.
# spec 81954e458e78, file 1 of 1, code b2c8f56d24cc

from django.db import migrations, router

COUNTRIES = [
    {"code": "us", "name": "USA"},
    {"code": "fr", "name": "France"},
    {"code": "no", "name": "Norway"},
]


def forwards(apps, schema_editor):
    """Insert 3 rows of Country, each unless its code is there."""
    Country = apps.get_model("geo", "Country")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Country):
        return

    countries = Country._base_manager.using(alias)
    countries.bulk_create(
        [
            Country(**row)
            for row in COUNTRIES
            if not countries.filter(code=row["code"]).exists()
        ]
    )


def backwards(apps, schema_editor):
    """Delete the 3 rows of Country listed above.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column.
    """
    Country = apps.get_model("geo", "Country")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Country):
        return

    countries = Country._base_manager.using(alias)

    for row in COUNTRIES:
        countries.filter(**row)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("geo", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "country"}),
    ]
