# --- library/migrations/0002_path_over_a_foreign_key_schema.py
# Compiled by migspec from library/migspecs/path_over_a_foreign_key.yaml, steps 1, 2. Change the spec, not this file.
# spec 3be8bd65e0db, file 1 of 2, code ee1e761c3ce1

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="city",
            field=models.CharField(max_length=60, null=True),
        ),
        migrations.AddField(
            model_name="book",
            name="list_price",
            field=models.DecimalField(decimal_places=2, max_digits=8, null=True),
        ),
    ]

# --- library/migrations/0003_path_over_a_foreign_key_data.py
# Compiled by migspec from library/migspecs/path_over_a_foreign_key.yaml, step 3. Change the spec, not this file.
# spec 3be8bd65e0db, file 2 of 2, code 49fd666b86f4

import logging

from django.db import migrations, router, transaction
from django.db.models import F, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Copy the publisher's city and the price of each book."""
    Book = apps.get_model("library", "Book")
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    publisher = Publisher._base_manager.using(alias).filter(id=OuterRef("publisher_id"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(
                city=Subquery(publisher.values("city")[:1]), list_price=F("price")
            )


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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_path_over_a_foreign_key_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]
