# --- shop/migrations/0002_extracted_lookup_schema.py
# Compiled by migspec from shop/migspecs/extracted_lookup.yaml, steps 1, 3. Change the spec, not this file.
# spec 2fc20ecbe877, file 1 of 2, code 24a3a276fcd8

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Town",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, unique=True)),
            ],
        ),
        migrations.AddField(
            model_name="customer",
            name="town",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="shop.town"
            ),
        ),
    ]

# --- shop/migrations/0003_extracted_lookup_data.py
# Compiled by migspec from shop/migspecs/extracted_lookup.yaml, steps 2, 4. Change the spec, not this file.
# spec 2fc20ecbe877, file 2 of 2, code 31573786b117

import logging

from django.db import migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards_copy_town(apps, schema_editor):
    """Insert a Town for each Customer."""
    Town = apps.get_model("shop", "Town")
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Town):
        return

    customers = Customer._base_manager.using(alias)
    towns = Town._base_manager.using(alias)
    there = towns.filter(name=OuterRef("city"))

    # One transaction: the table is new, and nobody waits for it.
    with transaction.atomic(using=alias):
        rows = customers
        if towns.exists():
            rows = rows.exclude(Exists(there))
        insert_select(connection, Town, {"name": "city"}, rows.order_by().distinct())


def backwards_copy_town(apps, schema_editor):
    """Delete every Town."""
    Town = apps.get_model("shop", "Town")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Town):
        return

    towns = Town._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(towns):
        with transaction.atomic(using=alias):
            page._raw_delete(alias)


def forwards_customer_town_id(apps, schema_editor):
    """Set Customer.town from the Town of each Customer."""
    Customer = apps.get_model("shop", "Customer")
    Town = apps.get_model("shop", "Town")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)
    town = Town._base_manager.using(alias).filter(name=OuterRef("city"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            page.filter(Exists(town)).update(town_id=Subquery(town.values("id")[:1]))


def backwards_customer_town_id(apps, schema_editor):
    """Set Customer.town to NULL where town_id is not NULL."""
    Customer = apps.get_model("shop", "Customer")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(customers):
        with transaction.atomic(using=alias):
            page.filter(town_id__isnull=False).update(town_id=None)


def key_ranges(queryset, size=BATCH_SIZE):
    """Yield the rows of queryset in ranges of keys, up to the last that is there now."""
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low = None
    while last is not None and low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        logger.info("%s: done up to %s", queryset.model._meta.label, high)
        low = high


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
    atomic = False

    dependencies = [
        ("shop", "0002_extracted_lookup_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards_copy_town,
            backwards_copy_town,
            hints={"model_name": "town"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_customer_town_id,
            backwards_customer_town_id,
            hints={"model_name": "customer"},
            elidable=True,
        ),
    ]
