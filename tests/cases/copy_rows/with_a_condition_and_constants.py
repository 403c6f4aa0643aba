# --- shop/migrations/0002_with_a_condition_and_constants_schema.py
# Compiled by migspec from shop/migspecs/with_a_condition_and_constants.yaml, step 1. Change the spec, not this file.
# spec 792c971a2007, file 1 of 3, code acc21e3815d6

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("about", models.CharField(max_length=100)),
                ("happened_at", models.DateTimeField()),
                ("seen", models.BooleanField(default=False)),
            ],
        ),
    ]

# --- shop/migrations/0003_with_a_condition_and_constants_data.py
# Compiled by migspec from shop/migspecs/with_a_condition_and_constants.yaml, step 2. Change the spec, not this file.
# spec 792c971a2007, file 2 of 3, code f27de8404f36

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Value


def forwards(apps, schema_editor):
    """An event for each order that was paid."""
    Event = apps.get_model("shop", "Event")
    Order = apps.get_model("shop", "Order")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Event):
        return

    orders = Order._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Event,
        {
            "kind": Value("paid"),
            "about": "customer__name",
            "happened_at": "placed_at",
            "seen": Value(False),
        },
        orders.filter(status=1),
    )
    record_applied(connection, "shop", "0003_with_a_condition_and_constants_data")


def backwards(apps, schema_editor):
    """Delete every Event."""
    Event = apps.get_model("shop", "Event")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Event):
        return

    events = Event._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    events._raw_delete(alias)


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
        ("shop", "0002_with_a_condition_and_constants_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "event"}, elidable=True
        ),
    ]

# --- shop/migrations/0004_with_a_condition_and_constants_data_2.py
# Compiled by migspec from shop/migspecs/with_a_condition_and_constants.yaml, step 3. Change the spec, not this file.
# spec 792c971a2007, file 3 of 3, code a5fe33b20289

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q, Value
from django.db.models.functions import Upper


def forwards(apps, schema_editor):
    """An event for each customer."""
    Event = apps.get_model("shop", "Event")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Event):
        return

    customers = Customer._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Event,
        {
            "kind": Value("joined"),
            "about": Upper("name"),
            "happened_at": "created_at",
            "seen": Value(True),
        },
        customers.filter(~Q(name="")),
    )
    record_applied(connection, "shop", "0004_with_a_condition_and_constants_data_2")


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
        ("shop", "0003_with_a_condition_and_constants_data"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "event"},
            elidable=True,
        ),
    ]
