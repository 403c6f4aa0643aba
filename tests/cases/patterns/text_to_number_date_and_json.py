# --- shop/migrations/0002_text_to_number_date_and_json_schema.py
# Compiled by migspec from shop/migspecs/text_to_number_date_and_json.yaml, steps 1 to 4. Change the spec, not this file.
# spec f6dc08608431, file 1 of 2, code 919ad9dd37a1

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer", name="plz", field=models.IntegerField(null=True)
        ),
        migrations.AddField(
            model_name="customer", name="since", field=models.DateField(null=True)
        ),
        migrations.AddField(
            model_name="product", name="meta", field=models.JSONField(null=True)
        ),
        migrations.AddField(
            model_name="product",
            name="code",
            field=models.CharField(default="?", max_length=3),
        ),
    ]

# --- shop/migrations/0003_text_to_number_date_and_json_data.py
# Compiled by migspec from shop/migspecs/text_to_number_date_and_json.yaml, steps 5, 6. Change the spec, not this file.
# spec f6dc08608431, file 2 of 2, code 07ab7990d6cc

import json
import logging
import time

from django.core.exceptions import ValidationError
from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_plz(value, field):
    """Read postcode as a value of plz."""
    if value is None:
        return None
    value = field.to_python(value)
    field.run_validators(value)
    return value


def new_since(value, field):
    """Read street as a value of since."""
    if value is None:
        return None
    try:
        value = field.to_python(value)
        field.run_validators(value)
        return value
    except (ValidationError, ValueError):
        return None


def forwards_customer_plz(apps, schema_editor):
    """Set Customer.plz and since where name__gt=''."""
    Customer = apps.get_model("shop", "Customer")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Customer):
        return

    customers = Customer._base_manager.using(alias)
    plz_field = Customer._meta.get_field("plz")
    since_field = Customer._meta.get_field("since")
    given = (
        customers.filter(name__gt="").order_by("pk").values_list("postcode", flat=True)
    )
    refused = []

    for value in given.iterator():
        try:
            new_plz(value, plz_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "shop/migspecs/text_to_number_date_and_json.yaml:19: "
            f"Customer.plz cannot hold these values of postcode: {refused[:5]}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(customers, size=10_000):
        rows = list(page.filter(name__gt="").only("pk", "postcode", "street"))
        for customer in rows:
            customer.plz = new_plz(customer.postcode, plz_field)
            customer.since = new_since(customer.street, since_field)
        with transaction.atomic(using=alias):
            update_each(connection, Customer, ["plz", "since"], rows)


def new_meta(value, field):
    """Read description as a value of meta."""
    if value is None:
        return None
    try:
        value = json.loads(value)
        field.run_validators(value)
        return value
    except (ValidationError, ValueError):
        return {}


def new_code(value, field):
    """Read stock as a value of code."""
    if value is None:
        return None
    try:
        value = field.to_python(value)
        field.run_validators(value)
        return value
    except (ValidationError, ValueError):
        return "big"


def forwards_product_meta(apps, schema_editor):
    """Set Product.meta and code."""
    Product = apps.get_model("shop", "Product")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)
    meta_field = Product._meta.get_field("meta")
    code_field = Product._meta.get_field("code")

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products, size=10_000):
        rows = list(page.only("pk", "description", "stock"))
        for product in rows:
            product.meta = new_meta(product.description, meta_field)
            product.code = new_code(product.stock, code_field)
        with transaction.atomic(using=alias):
            update_each(connection, Product, ["meta", "code"], rows)


def key_ranges(queryset, size=None, large_on=("sqlite",)):
    """Yield the rows of queryset in ranges of keys, up to the last there is now; quick ones grow.

    On the databases large_on they are large from the first: nobody there waits for what a range locks.
    """
    largest = size or 1_000_000
    if size is None:
        size = largest if connections[queryset.db].vendor in large_on else BATCH_SIZE
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    # Keys that are numbers tell how many there may be without counting.
    total = last - first + 1 if isinstance(last, int) else queryset.count()
    if total <= size:
        yield queryset
        return
    done, following = 0, list(keys[:10])
    while following:
        began = time.monotonic()
        low = following[0]
        # Where few numbers seem to be missing, none are counted: that reads every row.
        if isinstance(low, int) and following[-1] - low <= 4 * len(following):
            high = min(low + size - 1, last)
        else:
            rest = keys.filter(pk__gte=low, pk__lte=last)
            high = next(iter(rest[size - 1 : size]), last)
        done = high - first + 1 if isinstance(high, int) else min(done + size, total)
        yield queryset.filter(pk__gte=low, pk__lte=high)
        logger.info("%s: %d of %d keys", queryset.model._meta.label, done, total)
        following = list(keys.filter(pk__gt=high, pk__lte=last)[:10])
        if time.monotonic() - began < 2:
            size = min(2 * size, largest)


def update_each(connection, model, columns, rows, size=100):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)

    def saved(row, fields):
        return [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in fields
        ]

    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
            params = [saved(row, (*fields, *keys)) for row in rows]
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {same}", params)
            return
        # MySQL is sent each row's statement by itself, and waiting for it would take most of the time.
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            case = f"CASE{f' WHEN {same} THEN %s' * len(some)} END"
            sets = ", ".join(f"{quote(field.column)} = {case}" for field in fields)
            params = [
                value
                for field in fields
                for row in some
                for value in saved(row, (*keys, field))
            ]
            params += [value for row in some for value in saved(row, keys)]
            where = " OR ".join([f"({same})"] * len(some))
            cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", params)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0002_text_to_number_date_and_json_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_customer_plz,
            migrations.RunPython.noop,
            hints={"model_name": "customer"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_product_meta,
            migrations.RunPython.noop,
            hints={"model_name": "product"},
            elidable=True,
        ),
    ]
