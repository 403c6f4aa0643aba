# --- shop/migrations/0002_foreign_key_by_a_computed_key_schema.py
# Compiled by migspec from shop/migspecs/foreign_key_by_a_computed_key.yaml, step 1. Change the spec, not this file.
# spec 4a1687e280fc, file 1 of 3, code e6e295a3234b

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0001_initial"),
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="isbn",
            field=models.CharField(max_length=20, null=True),
        ),
    ]

# --- shop/migrations/0003_foreign_key_by_a_computed_key_data.py
# Compiled by migspec from shop/migspecs/foreign_key_by_a_computed_key.yaml, steps 2, 3. Change the spec, not this file.
# spec 4a1687e280fc, file 2 of 3, code e9f0cf7209c1

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Substr

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_product_isbn(apps, schema_editor):
    """Set Product.isbn to Substr('sku', 6) where sku__startswith='book-'."""
    Product = apps.get_model("shop", "Product")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.filter(sku__startswith="book-").update(isbn=Substr("sku", 6))


def forwards_product_book_id(apps, schema_editor):
    """Set Product.book from the Book of each Product in the rows that the condition
    selects.

    Rolling back changes no rows: the link is right.
    """
    Product = apps.get_model("shop", "Product")
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Product):
        return

    products = Product._base_manager.using(alias)
    book_field = Product._meta.get_field("book")
    book = Book._base_manager.using(alias).filter(isbn=OuterRef("isbn"))
    book_id = Subquery(book.values("id")[:1])

    shared = (
        products.values(
            new_value=Case(
                When(
                    Exists(book)
                    & (Q(book_id=None, active=True, sku__startswith="book-")),
                    then=book_id,
                ),
                default=F("book_id"),
                output_field=book_field,
            )
        )
        .annotate(rows=Count("*"))
        .filter(rows__gt=1, new_value__isnull=False)
        .order_by("new_value")
    )
    if values := list(shared.values_list("new_value", flat=True)[:5]):
        raise ValueError(
            "shop/migspecs/foreign_key_by_a_computed_key.yaml:14: several"
            " rows would hold each of these values in Product.book, which"
            f" is unique: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            page.filter(Q(book_id=None, active=True, sku__startswith="book-")).filter(
                Exists(book)
            ).update(book_id=book_id)


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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("shop", "0002_foreign_key_by_a_computed_key_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_product_isbn,
            migrations.RunPython.noop,
            hints={"model_name": "product"},
            elidable=True,
        ),
        migrations.RunPython(
            forwards_product_book_id,
            migrations.RunPython.noop,
            hints={"model_name": "product"},
            elidable=True,
        ),
    ]

# --- shop/migrations/0004_foreign_key_by_a_computed_key_cleanup.py
# Compiled by migspec from shop/migspecs/foreign_key_by_a_computed_key.yaml, step 4. Change the spec, not this file.
# spec 4a1687e280fc, file 3 of 3, code e9842aba0217

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("shop", "0003_foreign_key_by_a_computed_key_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="product", name="isbn"),
    ]
