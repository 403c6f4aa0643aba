# --- shop/migrations/0002_generic_relation_schema.py
# Compiled by migspec from shop/migspecs/generic_relation.yaml, steps 1, 2. Change the spec, not this file.
# spec 56ffe92da355, file 1 of 4, code 3bde55cd8ec8

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="subject_type",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="contenttypes.contenttype",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="subject_id",
            field=models.PositiveBigIntegerField(null=True),
        ),
    ]

# --- shop/migrations/0003_generic_relation_data.py
# Compiled by migspec from shop/migspecs/generic_relation.yaml, step 3. Change the spec, not this file.
# spec 56ffe92da355, file 2 of 4, code 31980ccccbbc

from django.db import migrations, router

CONTENT_TYPES = [
    {"app_label": "library", "model": "book"},
]


def forwards(apps, schema_editor):
    """Insert 1 row of ContentType, each unless its app_label and model is there.

    Rolling back changes no rows: Django makes it anyway.
    """
    ContentType = apps.get_model("contenttypes", "ContentType")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, ContentType):
        return

    content_types = ContentType._base_manager.using(alias)
    content_types.bulk_create(
        [
            ContentType(**row)
            for row in CONTENT_TYPES
            if not content_types.filter(
                app_label=row["app_label"], model=row["model"]
            ).exists()
        ]
    )


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0002_generic_relation_schema"),
    ]

    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]

# --- shop/migrations/0004_generic_relation_data_2.py
# Compiled by migspec from shop/migspecs/generic_relation.yaml, step 4. Change the spec, not this file.
# spec 56ffe92da355, file 3 of 4, code 34246e120493

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import F, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """The subject of a product is its book."""
    Product = apps.get_model("shop", "Product")
    ContentType = apps.get_model("contenttypes", "ContentType")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)
    content_type = ContentType._base_manager.using(alias).filter(
        app_label="library", model="book"
    )
    if (
        products.filter(book_id__isnull=False).exists()
        and (number := content_type.count()) != 1
    ):
        raise ValueError(
            "shop/migspecs/generic_relation.yaml:19: there must be one "
            "ContentType where app_label='library' and model='book'; "
            f"there are: {number}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.filter(book_id__isnull=False).update(
                subject_type_id=Subquery(content_type.values("id")),
                subject_id=F("book_id"),
            )


def backwards(apps, schema_editor):
    """Set Product.book from subject_id where subject_id is not NULL.

    Set Product.subject_type to NULL where subject_type_id is not NULL.
    """
    Product = apps.get_model("shop", "Product")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.filter(subject_id__isnull=False).update(book_id=F("subject_id"))
            check_foreign_keys(connection, Product)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.filter(subject_type_id__isnull=False).update(subject_type_id=None)


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


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0003_generic_relation_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "product"}, elidable=True
        ),
    ]

# --- shop/migrations/0005_generic_relation_cleanup.py
# Compiled by migspec from shop/migspecs/generic_relation.yaml, step 5. Change the spec, not this file.
# spec 56ffe92da355, file 4 of 4, code eaeb41160691

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0004_generic_relation_data_2"),
    ]

    operations = [
        migrations.RemoveField(model_name="product", name="book"),
    ]
