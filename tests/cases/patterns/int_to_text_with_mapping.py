# --- library/migrations/0002_int_to_text_with_mapping_cleanup.py
# Compiled by migspec from library/migspecs/int_to_text_with_mapping.yaml, step 1. Change the spec, not this file.
# spec c6796fb85865, file 1 of 5, code 620c958d51d6

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RenameField(
            model_name="book", old_name="status", new_name="status_code"
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="book", name="book_status_idx"),
                migrations.AddIndex(
                    model_name="book",
                    index=models.Index(fields=["status_code"], name="book_status_idx"),
                ),
            ]
        ),
    ]

# --- library/migrations/0003_int_to_text_with_mapping_schema.py
# Compiled by migspec from library/migspecs/int_to_text_with_mapping.yaml, steps 2, 3. Change the spec, not this file.
# spec c6796fb85865, file 2 of 5, code e9a76041cc12

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_int_to_text_with_mapping_cleanup"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="status",
            field=models.CharField(default="", max_length=12),
        ),
        # So that rolling back can add Book.status_code before it has values.
        migrations.AlterField(
            model_name="book",
            name="status_code",
            field=models.IntegerField(
                help_text="1 planned, 2 in print, 3 out of print", null=True
            ),
        ),
    ]

# --- library/migrations/0004_int_to_text_with_mapping_data.py
# Compiled by migspec from library/migspecs/int_to_text_with_mapping.yaml, step 3. Change the spec, not this file.
# spec c6796fb85865, file 3 of 5, code 4feeab7bdee3

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
STATUS_BY_STATUS_CODE = {
    1: "planned",
    2: "in print",
    3: "out of print",
}
STATUS_CODE_BY_STATUS = {new: old for old, new in STATUS_BY_STATUS_CODE.items()}


def forwards(apps, schema_editor):
    """Status codes become words."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    status = Case(
        *(
            When(status_code=old, then=Value(new))
            for old, new in STATUS_BY_STATUS_CODE.items()
        )
    )

    unmapped = (
        books.alias(new_status=status).filter(new_status=None).order_by("status_code")
    )
    if values := list(unmapped.values_list("status_code", flat=True).distinct()[:5]):
        raise ValueError(
            "library/migspecs/int_to_text_with_mapping.yaml:13: the map "
            f"of Book.status does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(status=status)


def backwards(apps, schema_editor):
    """Set Book.status_code by the value of status."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    status_code = Case(
        *(
            When(status=old, then=Value(new))
            for old, new in STATUS_CODE_BY_STATUS.items()
        )
    )

    unmapped = (
        books.alias(new_status_code=status_code)
        .filter(new_status_code=None)
        .order_by("status")
    )
    if values := list(unmapped.values_list("status", flat=True).distinct()[:5]):
        raise ValueError(
            "library/migspecs/int_to_text_with_mapping.yaml:13: the map "
            f"of Book.status_code does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(status_code=status_code)


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
        ("library", "0003_int_to_text_with_mapping_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0005_int_to_text_with_mapping_cleanup_2.py
# Compiled by migspec from library/migspecs/int_to_text_with_mapping.yaml, steps 4, 6. Change the spec, not this file.
# spec c6796fb85865, file 4 of 5, code a4fa4330c463

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0004_int_to_text_with_mapping_data"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="book", name="book_status_idx"),
        migrations.RemoveField(model_name="book", name="status_code"),
    ]

# --- library/migrations/0006_int_to_text_with_mapping_schema_2.py
# Compiled by migspec from library/migspecs/int_to_text_with_mapping.yaml, step 5. Change the spec, not this file.
# spec c6796fb85865, file 5 of 5, code c5d080a60da0

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0005_int_to_text_with_mapping_cleanup_2"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="book",
            index=models.Index(fields=["status"], name="book_status_idx"),
        ),
    ]
