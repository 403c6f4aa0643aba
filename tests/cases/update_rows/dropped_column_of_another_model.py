# --- library/migrations/0002_dropped_column_of_another_model_schema.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, steps 1, 5. Change the spec, not this file.
# spec 43da56ae7984, file 1 of 5, code 20ca9b70d8d9

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="place",
            field=models.CharField(max_length=60, null=True),
        ),
        migrations.AddField(
            model_name="book",
            name="imprint",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="imprints",
                to="library.publisher",
            ),
        ),
    ]

# --- library/migrations/0003_dropped_column_of_another_model_data.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, step 2. Change the spec, not this file.
# spec 43da56ae7984, file 2 of 5, code ee5234c99e99

import logging

from django.db import migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Set Book.place from publisher.city."""
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
            page.update(place=Subquery(publisher.values("city")[:1]))


def backwards(apps, schema_editor):
    """Set Publisher.city from the Book of each Publisher, the first by id.

    Best effort: rows of Publisher that match no Book get no value.
    """
    Publisher = apps.get_model("library", "Publisher")
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    books = (
        Book._base_manager.using(alias)
        .filter(publisher_id=OuterRef("id"))
        .filter(place__isnull=False)
        .order_by("id")
    )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(publishers):
        with transaction.atomic(using=alias):
            page.filter(Exists(books)).update(city=Subquery(books.values("place")[:1]))


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
        ("library", "0002_dropped_column_of_another_model_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0004_dropped_column_of_another_model_cleanup.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, step 3. Change the spec, not this file.
# spec 43da56ae7984, file 3 of 5, code d0acf2ddc81f

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_dropped_column_of_another_model_data"),
    ]

    operations = [
        migrations.RemoveField(model_name="publisher", name="city"),
    ]

# --- library/migrations/0005_dropped_column_of_another_model_data_2.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, step 4. Change the spec, not this file.
# spec 43da56ae7984, file 4 of 5, code 80c35c6f54bc

from django.db import migrations, router

PUBLISHERS = [
    {"name": "nobody", "country": "xx"},
]


def forwards(apps, schema_editor):
    """Insert 1 row of Publisher, each unless its name is there."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    there = set(
        publishers.filter(name__in=[row["name"] for row in PUBLISHERS]).values_list(
            "name", flat=True
        )
    )
    publishers.bulk_create(
        [Publisher(**row) for row in PUBLISHERS if row["name"] not in there]
    )


def backwards(apps, schema_editor):
    """Delete the 1 row of Publisher listed above.

    Best effort: a row that was there before goes too if it equals an inserted one in
    every given column.
    """
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    for row in PUBLISHERS:
        publishers.filter(**row)._raw_delete(alias)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_dropped_column_of_another_model_cleanup"),
    ]

    operations = [
        migrations.RunPython(forwards, backwards, hints={"model_name": "publisher"}),
    ]

# --- library/migrations/0006_dropped_column_of_another_model_data_3.py
# Compiled by migspec from library/migspecs/dropped_column_of_another_model.yaml, step 6. Change the spec, not this file.
# spec 43da56ae7984, file 5 of 5, code 78e6b6e4880b

import logging

from django.db import migrations, router, transaction
from django.db.models import Exists, OuterRef, Subquery

logger = logging.getLogger(__name__)
BATCH_SIZE = 10_000


def forwards(apps, schema_editor):
    """Set Book.imprint from the Publisher of each Book."""
    Book = apps.get_model("library", "Book")
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    publisher = Publisher._base_manager.using(alias).filter(name=OuterRef("place"))

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(Exists(publisher)).update(
                imprint_id=Subquery(publisher.values("id")[:1])
            )


def backwards(apps, schema_editor):
    """Set Book.imprint to NULL where imprint_id is not NULL."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: a row that is done is not selected again, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.filter(imprint_id__isnull=False).update(imprint_id=None)


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
        ("library", "0005_dropped_column_of_another_model_data_2"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]
