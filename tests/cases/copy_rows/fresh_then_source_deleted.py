# --- library/migrations/0002_fresh_then_source_deleted_schema.py
# Compiled by migspec from library/migspecs/fresh_then_source_deleted.yaml, step 1. Change the spec, not this file.
# spec bdf2464f907d, file 1 of 3, code 4bcf182c322a

import uuid

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
            name="Lending",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lendings",
                        to="library.book",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lendings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("lent_at", models.DateTimeField()),
                ("due", models.DateField()),
                ("returned_at", models.DateTimeField(null=True)),
                ("remark", models.CharField(default="", max_length=200)),
            ],
        ),
    ]

# --- library/migrations/0003_fresh_then_source_deleted_data.py
# Compiled by migspec from library/migspecs/fresh_then_source_deleted.yaml, step 2. Change the spec, not this file.
# spec bdf2464f907d, file 2 of 3, code 488bdb1b6e6c

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef


def forwards(apps, schema_editor):
    """Loans are called lendings."""
    Lending = apps.get_model("library", "Lending")
    Loan = apps.get_model("library", "Loan")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Lending):
        return

    loans = Loan._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Lending,
        {
            "id": "id",
            "book_id": "book_id",
            "member_id": "member_id",
            "lent_at": "lent_at",
            "due": "due",
            "returned_at": "returned_at",
            "remark": "note",
        },
        loans,
    )
    record_applied(connection, "library", "0003_fresh_then_source_deleted_data")


def backwards(apps, schema_editor):
    """Insert a Loan for each Lending.

    Delete every Lending.
    """
    Loan = apps.get_model("library", "Loan")
    Lending = apps.get_model("library", "Lending")
    connection = schema_editor.connection
    alias = connection.alias

    lendings = Lending._base_manager.using(alias)
    loans = Loan._base_manager.using(alias)
    there = loans.filter(id=OuterRef("id"))
    if router.allow_migrate_model(alias, Loan):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        rows = lendings
        if loans.exists():
            rows = rows.exclude(Exists(there))

        insert_select(
            connection,
            Loan,
            {
                "id": "id",
                "lent_at": "lent_at",
                "due": "due",
                "returned_at": "returned_at",
                "note": "remark",
                "book_id": "book_id",
                "member_id": "member_id",
            },
            rows,
        )

    if router.allow_migrate_model(alias, Lending):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        lendings._raw_delete(alias)


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
        ("library", "0002_fresh_then_source_deleted_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "lending"}, elidable=True
        ),
    ]

# --- library/migrations/0004_fresh_then_source_deleted_cleanup.py
# Compiled by migspec from library/migspecs/fresh_then_source_deleted.yaml, step 3. Change the spec, not this file.
# spec bdf2464f907d, file 3 of 3, code 226173b2d106

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_fresh_then_source_deleted_data"),
    ]

    operations = [
        migrations.DeleteModel(name="Loan"),
    ]
