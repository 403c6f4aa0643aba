"""Hand-written: copy the two columns into the new table, and back."""

from django.db import migrations, router
from django.db.models import Exists, OuterRef, Subquery

COLUMNS = {"customer_id": "id", "street": "street", "city": "city"}


def forwards(apps, schema_editor):
    """Copy street and city of each Customer into CustomerAddress."""
    Customer = apps.get_model("shop", "Customer")
    CustomerAddress = apps.get_model("shop", "CustomerAddress")
    connection = schema_editor.connection
    if not router.allow_migrate_model(connection.alias, CustomerAddress):
        return
    there = CustomerAddress._base_manager.using(connection.alias).values("pk")
    rows = Customer._base_manager.using(connection.alias).exclude(pk__in=there).order_by()
    select, params = rows.values_list(*COLUMNS.values()).query.get_compiler(connection.alias).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(CustomerAddress._meta.get_field(name).column) for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(CustomerAddress._meta.db_table)} ({into}) {select}", params)


def backwards(apps, schema_editor):
    """Copy street and city back into Customer, and empty CustomerAddress."""
    Customer = apps.get_model("shop", "Customer")
    CustomerAddress = apps.get_model("shop", "CustomerAddress")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return
    match = CustomerAddress._base_manager.using(alias).filter(pk=OuterRef("pk"))
    Customer._base_manager.using(alias).filter(Exists(match)).update(
        street=Subquery(match.values("street")[:1]),
        city=Subquery(match.values("city")[:1]),
    )
    CustomerAddress._base_manager.using(alias).all()._raw_delete(alias)


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_schema")]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "customeraddress"}, elidable=True),
    ]
