# --- library/migrations/0002_map_to_text_and_drop_schema.py
# Compiled by migspec from library/migspecs/map_to_text_and_drop.yaml, steps 1, 2. Change the spec, not this file.
# spec c4a49a4f88d2, file 1 of 3, code de2691cbec31

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="state",
            field=models.CharField(max_length=12, null=True),
        ),
        # So that rolling back can add Book.status before it has values.
        migrations.AlterField(
            model_name="book",
            name="status",
            field=models.IntegerField(
                help_text="1 planned, 2 in print, 3 out of print", null=True
            ),
        ),
    ]

# --- library/migrations/0003_map_to_text_and_drop_data.py
# Compiled by migspec from library/migspecs/map_to_text_and_drop.yaml, step 2. Change the spec, not this file.
# spec c4a49a4f88d2, file 2 of 3, code dbae7242a26a

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Case, Value, When

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000
STATE_BY_STATUS = {
    1: "planned",
    2: "in print",
    3: "out of print",
}
STATUS_BY_STATE = {new: old for old, new in STATE_BY_STATUS.items()}


def forwards(apps, schema_editor):
    """The state of a book in words."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    state = Case(
        *(When(status=old, then=Value(new)) for old, new in STATE_BY_STATUS.items())
    )

    unmapped = books.alias(new_state=state).filter(new_state=None).order_by("status")
    if values := list(unmapped.values_list("status", flat=True).distinct()[:5]):
        raise ValueError(
            "library/migspecs/map_to_text_and_drop.yaml:9: the map of "
            f"Book.state does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(state=state)


def backwards(apps, schema_editor):
    """Set Book.status by the value of state."""
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    status = Case(
        *(When(state=old, then=Value(new)) for old, new in STATUS_BY_STATE.items())
    )

    unmapped = books.alias(new_status=status).filter(new_status=None).order_by("state")
    if values := list(unmapped.values_list("state", flat=True).distinct()[:5]):
        raise ValueError(
            "library/migspecs/map_to_text_and_drop.yaml:9: the map of "
            f"Book.status does not name these values: {values}"
        )

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(status=status)


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
        ("library", "0002_map_to_text_and_drop_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0004_map_to_text_and_drop_cleanup.py
# Compiled by migspec from library/migspecs/map_to_text_and_drop.yaml, steps 3 to 5. Change the spec, not this file.
# spec c4a49a4f88d2, file 3 of 3, code 0bf4aebed57e

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_map_to_text_and_drop_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book", name="state", field=models.CharField(max_length=12)
        ),
        migrations.RemoveIndex(model_name="book", name="book_status_idx"),
        migrations.RemoveField(model_name="book", name="status"),
    ]
