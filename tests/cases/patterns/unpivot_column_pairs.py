# --- library/migrations/0002_unpivot_column_pairs_schema.py
# Compiled by migspec from library/migspecs/unpivot_column_pairs.yaml, step 1. Change the spec, not this file.
# spec eeed508f937c, file 1 of 3, code 3085315e1b1c

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="library.loan",
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("loan", "kind"), name="event_once")
                ]
            },
        ),
    ]

# --- library/migrations/0003_unpivot_column_pairs_data.py
# Compiled by migspec from library/migspecs/unpivot_column_pairs.yaml, step 2. Change the spec, not this file.
# spec eeed508f937c, file 2 of 3, code d8a155b81ed4

import logging
import time

from django.db import connections, migrations, router, transaction
from django.db.models import Exists, OuterRef, Value

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Insert an Event for each Loan."""
    Event = apps.get_model("library", "Event")
    Loan = apps.get_model("library", "Loan")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Event):
        return

    loans = Loan._base_manager.using(alias)
    events = Event._base_manager.using(alias)
    there = events.filter(loan_id=OuterRef("id"), kind="lent")

    # One transaction: the table is new, and nobody waits for it.
    with transaction.atomic(using=alias):
        rows = loans
        if events.exists():
            rows = rows.exclude(Exists(there))
        insert_select(
            connection,
            Event,
            {"loan_id": "id", "kind": Value("lent"), "at": "lent_at"},
            rows,
        )


def backwards(apps, schema_editor):
    """Delete every Event."""
    Event = apps.get_model("library", "Event")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Event):
        return

    events = Event._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(events, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page._raw_delete(alias)


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


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    query = rows.order_by().values_list(*columns.values()).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_unpivot_column_pairs_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "event"}, elidable=True
        ),
    ]

# --- library/migrations/0004_unpivot_column_pairs_data_2.py
# Compiled by migspec from library/migspecs/unpivot_column_pairs.yaml, step 3. Change the spec, not this file.
# spec eeed508f937c, file 3 of 3, code 6c571e6e373b

from django.db import migrations, router
from django.db.models import Exists, OuterRef, Value


def forwards(apps, schema_editor):
    """Insert an Event for each Loan where returned_at is not NULL."""
    Event = apps.get_model("library", "Event")
    Loan = apps.get_model("library", "Loan")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Event):
        return

    loans = Loan._base_manager.using(alias)
    events = Event._base_manager.using(alias)
    there = events.filter(loan_id=OuterRef("id"), kind="returned")

    # One transaction: the table is new, and nobody waits for it.
    rows = loans.filter(returned_at__isnull=False)
    if events.exists():
        rows = rows.exclude(Exists(there))

    insert_select(
        connection,
        Event,
        {"loan_id": "id", "kind": Value("returned"), "at": "returned_at"},
        rows,
    )


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    query = rows.order_by().values_list(*columns.values()).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params
        )


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_unpivot_column_pairs_data"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "event"},
            elidable=True,
        ),
    ]
