# --- people/migrations/0002_existing_rows_updated_schema.py
# Compiled by migspec from people/migspecs/existing_rows_updated.yaml, step 1. Change the spec, not this file.
# spec d08902066373, file 1 of 3, code bf87874edfe9

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
# Compiled by migspec from people/migspecs/existing_rows_updated.yaml, step 2. Change the spec, not this file.
# spec d08902066373, file 2 of 3, code b255a9d51bb2

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder

CONTACTS = [
    {"email": "ada@example.org", "name": "Ada L.", "phone": "1"},
    {"email": "zoe@example.org", "name": "Zoe", "phone": "2"},
]


def forwards(apps, schema_editor):
    """Insert 2 rows of Contact."""
    Contact = apps.get_model("people", "Contact")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Contact):
        return

    contacts = Contact._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    contacts.bulk_create([Contact(**row) for row in CONTACTS])
    record_applied(connection, "people", "0003_existing_rows_updated_data")


def backwards(apps, schema_editor):
    """Delete the 2 rows of Contact listed above."""
    Contact = apps.get_model("people", "Contact")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Contact):
        return

    contacts = Contact._base_manager.using(alias)

    for row in CONTACTS:
        contacts.filter(**row)._raw_delete(alias)


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0002_existing_rows_updated_schema"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "contact"}),
    ]

# --- people/migrations/0004_existing_rows_updated_data_2.py
# Compiled by migspec from people/migspecs/existing_rows_updated.yaml, step 3. Change the spec, not this file.
# spec d08902066373, file 3 of 3, code cfdd04193376

from django.conf import settings
from django.db import migrations, router
from django.db.models import Exists, OuterRef, Value


def forwards(apps, schema_editor):
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

    # One transaction: the table is new, and nobody waits for it.
    update_from(connection, contacts, User, {"email": "email"}, {"name": "name"})

    # One transaction: the table is new, and nobody waits for it.
    insert_select(
        connection,
        Contact,
        {"email": "email", "name": "name", "phone": Value("")},
        users.exclude(Exists(there)),
    )


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


def update_from(connection, rows, source, match, columns):
    """UPDATE rows FROM source: set columns from the row that is equal in match."""
    quote = connection.ops.quote_name
    table, other = quote(rows.model._meta.db_table), quote(source._meta.db_table)

    def equal(names, prefix=""):
        for name, theirs in names.items():
            column = quote(rows.model._meta.get_field(name).column)
            found = quote(source._meta.get_field(theirs).column)
            yield f"{prefix}{column} = {other}.{found}"

    condition, params = " AND ".join(equal(match, f"{table}.")), ()
    parts, key = [rows.query.where] if rows.query.where else [], rows.model._meta.pk
    if key.attname in match:
        # PostgreSQL does not see that a range of keys is one of the source too, and would read all of it each time.
        same = source._meta.get_field(match[key.attname]).get_col(
            source._meta.db_table, key
        )
        limits = [
            part
            for part in rows.query.where.children
            if getattr(part, "lhs", None) == key.cached_col
        ]
        parts += [type(limit)(same, limit.rhs) for limit in limits]
    for part in parts:
        where, values = rows.query.get_compiler(connection.alias).compile(part)
        condition, params = f"{condition} AND {where}", (*params, *values)
    if connection.vendor == "mysql":
        sets = ", ".join(equal(columns, f"{table}."))
        sql = f"UPDATE {table} INNER JOIN {other} ON {condition} SET {sets}"
    else:
        sets = ", ".join(equal(columns))
        sql = f"UPDATE {table} SET {sets} FROM {other} WHERE {condition}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0003_existing_rows_updated_data"),
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
