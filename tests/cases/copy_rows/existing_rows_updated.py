# --- people/migrations/0002_existing_rows_updated_schema.py
# Compiled by migspec from people/migspecs/existing_rows_updated.yaml, step 1. Change the spec, not this file.
# spec 63e0d1526c7b, file 1 of 2, code bf87874edfe9

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "email",
                    models.EmailField(
                        max_length=254, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("phone", models.CharField(default="", max_length=20)),
            ],
        ),
    ]

# --- people/migrations/0003_existing_rows_updated_data.py
# Compiled by migspec from people/migspecs/existing_rows_updated.yaml, steps 2, 3. Change the spec, not this file.
# spec 63e0d1526c7b, file 2 of 2, code d3dd742ebc24

from django.conf import settings
from django.db import migrations, router
from django.db.models import Exists, OuterRef, Subquery, Value

CONTACTS_INSERT_CONTACT = [
    {"email": "ada@example.org", "name": "Ada L.", "phone": "1"},
    {"email": "zoe@example.org", "name": "Zoe", "phone": "2"},
]


def forwards_insert_contact(apps, schema_editor):
    """Insert 2 rows of Contact."""
    Contact = apps.get_model("people", "Contact")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Contact):
        return

    contacts = Contact._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    contacts.bulk_create([Contact(**row) for row in CONTACTS_INSERT_CONTACT])


def backwards_insert_contact(apps, schema_editor):
    """Delete the 2 rows of Contact listed above."""
    Contact = apps.get_model("people", "Contact")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Contact):
        return

    contacts = Contact._base_manager.using(alias)

    for row in CONTACTS_INSERT_CONTACT:
        contacts.filter(**row)._raw_delete(alias)


def forwards_copy_contact(apps, schema_editor):
    """Insert or update a Contact for each User by email."""
    Contact = apps.get_model("people", "Contact")
    User = apps.get_model("people", "User")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Contact):
        return

    users = User._base_manager.using(alias)
    contacts = Contact._base_manager.using(alias)
    there = contacts.filter(email=OuterRef("email"))
    user = User._base_manager.using(alias).filter(email=OuterRef("email"))

    # One transaction: the table is new, and nobody waits for it.
    contacts.filter(Exists(user)).update(name=Subquery(user.values("name")[:1]))

    # One transaction: the table is new, and nobody waits for it.
    insert_select(
        connection,
        Contact,
        {"email": "email", "name": "name", "phone": Value("")},
        users.exclude(Exists(there)),
    )


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    select, params = (
        rows.order_by()
        .values_list(*columns.values())
        .query.get_compiler(connection.alias)
        .as_sql()
    )
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0002_existing_rows_updated_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_insert_contact,
            backwards_insert_contact,
            hints={"model_name": "contact"},
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_copy_contact,
            migrations.RunPython.noop,
            hints={"model_name": "contact"},
            elidable=True,
        ),
    ]
