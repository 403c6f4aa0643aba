# Compiled by migspec from central/migspecs/break_down.yaml, step 5. Change the spec, not this file.
# spec eb9ca72391c1, file 2 of 4, code 951a16ae6923

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder


def forwards(apps, schema_editor):
    """Insert an Identity for each Central."""
    Identity = apps.get_model("central", "Identity")
    Central = apps.get_model("central", "Central")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Identity):
        return

    centrals = Central._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Identity,
        {"identity_id": "id", "first_name": "first_name", "last_name": "last_name"},
        centrals,
    )
    record_applied(connection, "central", "0003_break_down_data")


def backwards(apps, schema_editor):
    """Set Central.first_name and last_name from the Identity of each Central.

    Delete every Identity.
    """
    Central = apps.get_model("central", "Central")
    Identity = apps.get_model("central", "Identity")
    connection = schema_editor.connection
    alias = connection.alias

    centrals = Central._base_manager.using(alias)
    identities = Identity._base_manager.using(alias)
    if router.allow_migrate_model(alias, Central):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        update_from(
            connection,
            centrals,
            Identity,
            {"id": "identity_id"},
            {"first_name": "first_name", "last_name": "last_name"},
        )

    if router.allow_migrate_model(alias, Identity):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        identities._raw_delete(alias)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("central", "0002_break_down_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "identity"}, elidable=True
        ),
    ]
