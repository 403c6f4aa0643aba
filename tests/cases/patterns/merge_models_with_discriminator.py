# --- library/migrations/0002_merge_models_with_discriminator_schema.py
# Compiled by migspec from library/migspecs/merge_models_with_discriminator.yaml, step 1. Change the spec, not this file.
# spec 1f1da31dac55, file 1 of 3, code 7973c6c82b2f

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=101)),
                ("email", models.EmailField(max_length=254, null=True)),
            ],
        ),
    ]

# --- library/migrations/0003_merge_models_with_discriminator_data.py
# Compiled by migspec from library/migspecs/merge_models_with_discriminator.yaml, step 2. Change the spec, not this file.
# spec 1f1da31dac55, file 2 of 3, code edea12d5bc37

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Value
from django.db.models.functions import Concat


def forwards(apps, schema_editor):
    """Insert a Contact for each Author."""
    Contact = apps.get_model("library", "Contact")
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Contact):
        return

    authors = Author._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Contact,
        {
            "kind": Value("author"),
            "name": Concat("first_name", Value(" "), "last_name"),
            "email": "email",
        },
        authors,
    )
    record_applied(connection, "library", "0003_merge_models_with_discriminator_data")


def backwards(apps, schema_editor):
    """Delete every Contact."""
    Contact = apps.get_model("library", "Contact")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Contact):
        return

    contacts = Contact._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    contacts._raw_delete(alias)


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    query = rows.order_by().values_list(*columns.values()).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_merge_models_with_discriminator_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "contact"}, elidable=True
        ),
    ]

# --- library/migrations/0004_merge_models_with_discriminator_data_2.py
# Compiled by migspec from library/migspecs/merge_models_with_discriminator.yaml, step 3. Change the spec, not this file.
# spec 1f1da31dac55, file 3 of 3, code 59ac35976a4f

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Value


def forwards(apps, schema_editor):
    """Insert a Contact for each Publisher."""
    Contact = apps.get_model("library", "Contact")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Contact):
        return

    publishers = Publisher._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection, Contact, {"kind": Value("publisher"), "name": "name"}, publishers
    )
    record_applied(connection, "library", "0004_merge_models_with_discriminator_data_2")


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    query = rows.order_by().values_list(*columns.values()).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_merge_models_with_discriminator_data"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "contact"},
            elidable=True,
        ),
    ]
