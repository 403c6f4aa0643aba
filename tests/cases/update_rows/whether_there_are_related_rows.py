# --- library/migrations/0002_whether_there_are_related_rows_schema.py
# Compiled by migspec from library/migspecs/whether_there_are_related_rows.yaml, steps 1 to 3. Change the spec, not this file.
# spec bbf6530ae781, file 1 of 2, code 3da66ef1dca5

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book", name="is_lent", field=models.BooleanField(default=False)
        ),
        migrations.AddField(
            model_name="book",
            name="is_tagged",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="tag", name="is_used", field=models.BooleanField(null=True)
        ),
    ]

# --- library/migrations/0003_whether_there_are_related_rows_data.py
# Compiled by migspec from library/migspecs/whether_there_are_related_rows.yaml, steps 4, 5. Change the spec, not this file.
# spec bbf6530ae781, file 2 of 2, code 41e05a74172d

import logging
import time

from django.conf import settings
from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Q

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards_book_is_lent(apps, schema_editor):
    """Set Book.is_lent and is_tagged."""
    Book = apps.get_model("library", "Book")
    Loan = apps.get_model("library", "Loan")
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            page.update(
                is_lent=Exists(
                    Loan._base_manager.using(alias).filter(
                        book_id=OuterRef("id"),
                        returned_at__isnull=True,
                        member__is_active=True,
                    )
                ),
                is_tagged=Exists(
                    Tag._base_manager.using(alias).filter(book=OuterRef("pk"))
                ),
            )


def forwards_tag_is_used(apps, schema_editor):
    """Set Tag.is_used to whether there are book."""
    Tag = apps.get_model("library", "Tag")
    Book = apps.get_model("library", "Book")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(tags):
        with transaction.atomic(using=alias):
            page.update(
                is_used=Exists(
                    Book._base_manager.using(alias)
                    .filter(tags=OuterRef("pk"))
                    .filter(Q(pages__gt=100) | Q(loans__isnull=False))
                )
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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0002_whether_there_are_related_rows_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_book_is_lent,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards_tag_is_used,
            migrations.RunPython.noop,
            hints={"model_name": "tag"},
            elidable=True,
        ),
    ]
