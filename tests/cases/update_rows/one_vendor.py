# --- library/migrations/0002_one_vendor_data.py
# Compiled by migspec from library/migspecs/one_vendor.yaml, steps 1 to 3. Change the spec, not this file.
# spec 96b4def8943d, file 1 of 1, code 547fe25e962f

from django.db import migrations, router
from django.db.models.functions import Lower


class RunSQLOnOracle(migrations.RunSQL):
    """RunSQL where the database is Oracle; elsewhere only the state changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "oracle":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "oracle":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


def forwards_tag_label(apps, schema_editor):
    """Only PostgreSQL compares labels by case.

    Rolling back changes no rows: case does not matter.
    """
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if schema_editor.connection.vendor != "postgresql":
        return
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One transaction: the new label is computed from what is written, so a second
    # run would change it again.
    tags.update(label=Lower("label"))


def forwards_run_python(apps, schema_editor):
    if schema_editor.connection.vendor != "oracle":
        return

    Tag = apps.get_model("library", "Tag")
    Tag._base_manager.using(schema_editor.connection.alias).update(label="never")


def backwards_run_python(apps, schema_editor):
    if schema_editor.connection.vendor != "oracle":
        return

    pass


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards_tag_label,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
        migrations.RunPython(forwards_run_python, backwards_run_python),
        RunSQLOnOracle(
            sql="UPDATE library_tag SET label = 'never'",
            reverse_sql="UPDATE library_tag SET label = 'never'",
        ),
    ]
