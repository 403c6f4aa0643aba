# --- library/migrations/0002_text_tidied_and_blank_to_null_schema.py
# Compiled by migspec from library/migspecs/text_tidied_and_blank_to_null.yaml, steps 1 to 4. Change the spec, not this file.
# spec 36048c7166d2, file 1 of 2, code 3910456844b7

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="publisher",
            name="code",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="author",
            name="contact",
            field=models.CharField(default="", max_length=254),
        ),
        migrations.AddField(
            model_name="loan", name="reminder", field=models.DateField(null=True)
        ),
        migrations.AddField(
            model_name="loan",
            name="label",
            field=models.CharField(max_length=100, null=True),
        ),
    ]

# --- library/migrations/0003_text_tidied_and_blank_to_null_data.py
# Compiled by migspec from library/migspecs/text_tidied_and_blank_to_null.yaml, steps 5 to 7. Change the spec, not this file.
# spec 36048c7166d2, file 2 of 2, code 49d2d95cd14f

import datetime
import logging
import time

from django.db import connections, migrations, models, router, transaction
from django.db.models import F, Value
from django.db.models.functions import (
    Cast,
    Coalesce,
    Concat,
    Lower,
    NullIf,
    Trim,
    Upper,
)

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_publisher_code(apps, schema_editor):
    """Set Publisher.code to an expression."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(publishers):
        with transaction.atomic(using=alias):
            page.update(code=NullIf(Upper(Trim("country")), Value("")))


def forwards_author_contact(apps, schema_editor):
    """Set Author.contact to Coalesce(Lower('email'), Value(''))."""
    Author = apps.get_model("library", "Author")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(authors):
        with transaction.atomic(using=alias):
            page.update(contact=Coalesce(Lower("email"), Value("")))


def forwards_loan_reminder(apps, schema_editor):
    """Set Loan.reminder and label."""
    Loan = apps.get_model("library", "Loan")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Loan):
        return

    loans = Loan._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(loans):
        with transaction.atomic(using=alias):
            page.update(
                reminder=F("due") - datetime.timedelta(days=3),
                label=Concat("note", Value(" #"), Cast("book_id", models.CharField())),
            )


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
        ("library", "0002_text_tidied_and_blank_to_null_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_publisher_code,
            migrations.RunPython.noop,
            hints={"model_name": "publisher"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_author_contact,
            migrations.RunPython.noop,
            hints={"model_name": "author"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_loan_reminder,
            migrations.RunPython.noop,
            hints={"model_name": "loan"},
            elidable=True,
        ),
    ]
