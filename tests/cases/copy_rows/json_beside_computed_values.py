# --- library/migrations/0002_json_beside_computed_values_schema.py
# Compiled by migspec from library/migspecs/json_beside_computed_values.yaml, steps 1, 2. Change the spec, not this file.
# spec b6dd65a5b279, file 1 of 3, code 23711564770e

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Leaflet",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("details", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Poster",
            fields=[
                (
                    "isbn",
                    models.CharField(max_length=13, primary_key=True, serialize=False),
                ),
                ("title", models.CharField(max_length=210)),
                ("details", models.JSONField()),
            ],
        ),
    ]

# --- library/migrations/0003_json_beside_computed_values_data.py
# Compiled by migspec from library/migspecs/json_beside_computed_values.yaml, steps 3, 4. Change the spec, not this file.
# spec b6dd65a5b279, file 2 of 3, code d857c9b12418

import json
import logging
import time
import uuid

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import JSONField, TextField, Value
from django.db.models.functions import Cast

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def forwards(apps, schema_editor):
    """Insert a Leaflet for each Book."""
    Leaflet = apps.get_model("library", "Leaflet")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Leaflet):
        return

    books = Book._base_manager.using(alias)
    leaflets = Leaflet._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    for page in key_ranges(books, size=10_000):
        found = page.values_list(Cast("details", TextField()))
        leaflets.bulk_create(
            [
                Leaflet(
                    id=uuid.uuid4(),
                    details=details and Value(json.loads(details), JSONField()),
                )
                for (details,) in found
            ],
            batch_size=1_000,
        )

    record_applied(connection, "library", "0003_json_beside_computed_values_data")


def backwards(apps, schema_editor):
    """Delete every Leaflet."""
    Leaflet = apps.get_model("library", "Leaflet")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Leaflet):
        return

    leaflets = Leaflet._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    leaflets._raw_delete(alias)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_json_beside_computed_values_schema"),
    ]

    operations = [
        # JSON that is null, which the rows of a test cannot say.
        migrations.RunSQL(
            sql="UPDATE library_book SET details = 'null' WHERE isbn = '2'",
            reverse_sql="UPDATE library_book SET details = '{}' WHERE isbn = '2'",
        ),
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "leaflet"}, elidable=True
        ),
    ]

# --- library/migrations/0004_json_beside_computed_values_data_2.py
# Compiled by migspec from library/migspecs/json_beside_computed_values.yaml, step 5. Change the spec, not this file.
# spec b6dd65a5b279, file 3 of 3, code 3db69607adc7

import json
import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import JSONField, TextField, Value
from django.db.models.functions import Cast

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_title(row):
    """Poster.title of a row."""
    return row.title.upper()


def forwards(apps, schema_editor):
    """Insert a Poster for each Book."""
    Poster = apps.get_model("library", "Poster")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Poster):
        return

    books = Book._base_manager.using(alias)
    posters = Poster._base_manager.using(alias)

    # One transaction: without a key, a second run would insert the rows again.
    for page in key_ranges(books, size=10_000):
        found = page.only("pk", "title", "isbn").annotate(
            new_details=Cast("details", TextField())
        )
        posters.bulk_create(
            [
                Poster(
                    isbn=row.isbn,
                    title=new_title(row),
                    details=row.new_details
                    and Value(json.loads(row.new_details), JSONField()),
                )
                for row in found
            ],
            batch_size=1_000,
        )

    record_applied(connection, "library", "0004_json_beside_computed_values_data_2")


def backwards(apps, schema_editor):
    """Delete every Poster."""
    Poster = apps.get_model("library", "Poster")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Poster):
        return

    posters = Poster._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    posters._raw_delete(alias)


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_json_beside_computed_values_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "poster"}, elidable=True
        ),
    ]
