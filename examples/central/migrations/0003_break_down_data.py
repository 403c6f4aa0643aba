# Compiled by migspec from central/migspecs/break_down.yaml, steps 5, 6. Change the spec, not this file.
# spec ce874fc0f4de, file 2 of 3, code 557195b720f3

from django.db import migrations, router
from django.db.models import Exists, OuterRef, Subquery


def forwards_copy_identity(apps, schema_editor):
    """Insert a Identity for each Central."""
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
        {"first_name": "first_name", "last_name": "last_name", "central_id": "id"},
        centrals,
    )


def backwards_copy_identity(apps, schema_editor):
    """Set Central.first_name and last_name from the Identity of each Central.

    Delete every Identity.
    """
    Central = apps.get_model("central", "Central")
    Identity = apps.get_model("central", "Identity")
    alias = schema_editor.connection.alias

    centrals = Central._base_manager.using(alias)
    identities = Identity._base_manager.using(alias)
    if router.allow_migrate_model(alias, Central):
        identity = Identity._base_manager.using(alias).filter(central_id=OuterRef("id"))

        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        centrals.filter(Exists(identity)).update(
            first_name=Subquery(identity.values("first_name")[:1]),
            last_name=Subquery(identity.values("last_name")[:1]),
        )

    if router.allow_migrate_model(alias, Identity):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        identities._raw_delete(alias)


def forwards_copy_balance(apps, schema_editor):
    """Insert a Balance for each Central."""
    Balance = apps.get_model("central", "Balance")
    Central = apps.get_model("central", "Central")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Balance):
        return

    centrals = Central._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    insert_select(
        connection,
        Balance,
        {"amount": "amount", "currency": "currency", "central_id": "id"},
        centrals,
    )


def backwards_copy_balance(apps, schema_editor):
    """Set Central.amount and currency from the Balance of each Central.

    Delete every Balance.
    """
    Central = apps.get_model("central", "Central")
    Balance = apps.get_model("central", "Balance")
    alias = schema_editor.connection.alias

    centrals = Central._base_manager.using(alias)
    balances = Balance._base_manager.using(alias)
    if router.allow_migrate_model(alias, Central):
        balance = Balance._base_manager.using(alias).filter(central_id=OuterRef("id"))

        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        centrals.filter(Exists(balance)).update(
            amount=Subquery(balance.values("amount")[:1]),
            currency=Subquery(balance.values("currency")[:1]),
        )

    if router.allow_migrate_model(alias, Balance):
        # One transaction: the whole step is one, as without a key, a second run would
        # insert the rows again.
        balances._raw_delete(alias)


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
        ("central", "0002_break_down_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_copy_identity,
            backwards_copy_identity,
            hints={"model_name": "identity"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_copy_balance,
            backwards_copy_balance,
            hints={"model_name": "balance"},
            elidable=True,
        ),
    ]
