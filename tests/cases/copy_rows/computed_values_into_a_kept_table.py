# --- library/migrations/0002_computed_values_into_a_kept_table_data.py
# Compiled by migspec from library/migspecs/computed_values_into_a_kept_table.yaml, step 1. Change the spec, not this file.
# spec 59867715c285, file 1 of 2, code 6a0c5786ca30

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Case, Exists, OuterRef, Value, When, Window
from django.db.models.functions import Lower, RowNumber

LABEL_BY_LAST_NAME_FIRST_NAME = [
    ("Hamsun", "Knut", "Knut H."),
    ("Undset", "Sigrid", "Sigrid U."),
]


def forwards(apps, schema_editor):
    """Insert a Tag for each Author where books is not NULL."""
    Tag = apps.get_model("library", "Tag")
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    authors = Author._base_manager.using(alias)
    tags = Tag._base_manager.using(alias)
    there = tags.filter(slug=OuterRef("new_slug"))

    unmapped = (
        authors.filter(
            pk__in=Author._base_manager.using(alias)
            .filter(books__isnull=False)
            .values("pk")
        )
        .annotate(
            is_named=Case(
                *(
                    When(last_name=last_name, first_name=first_name, then=Value(True))
                    for last_name, first_name, new in LABEL_BY_LAST_NAME_FIRST_NAME
                ),
                default=Value(False),
            )
        )
        .filter(is_named=False)
        .order_by("last_name", "first_name")
    )
    if values := list(unmapped.values_list("last_name", "first_name").distinct()[:5]):
        raise ValueError(
            "library/migspecs/computed_values_into_a_kept_table.yaml:6: "
            "the map of Tag.label does not name these values of "
            f"last_name, first_name: {values}"
        )

    # One transaction: a key that is NULL would be inserted again.
    insert_select(
        connection,
        Tag,
        {
            "slug": "new_slug",
            "label": Case(
                *(
                    When(last_name=last_name, first_name=first_name, then=Value(new))
                    for last_name, first_name, new in LABEL_BY_LAST_NAME_FIRST_NAME
                )
            ),
        },
        authors.filter(
            pk__in=Author._base_manager.using(alias)
            .filter(books__isnull=False)
            .values("pk")
        )
        .annotate(new_slug=Lower("last_name"))
        .exclude(Exists(there))
        .annotate(nth=Window(RowNumber(), partition_by=["new_slug"], order_by="pk"))
        .filter(nth=1),
    )
    record_applied(connection, "library", "0002_computed_values_into_a_kept_table_data")


def backwards(apps, schema_editor):
    """Delete the rows of Tag where label__in=['Knut H.', 'Sigrid U.']."""
    Tag = apps.get_model("library", "Tag")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    tags = Tag._base_manager.using(alias)

    # One transaction: the whole step is one, as a key that is NULL would be
    # inserted again.
    tags.filter(label__in=["Knut H.", "Sigrid U."]).delete()


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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "tag"}, elidable=True
        ),
    ]

# --- library/migrations/0003_computed_values_into_a_kept_table_data_2.py
# Compiled by migspec from library/migspecs/computed_values_into_a_kept_table.yaml, step 2. Change the spec, not this file.
# spec 59867715c285, file 2 of 2, code 9ec4989b91e0

import logging
import time

from django.core.exceptions import ValidationError
from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Value, Window
from django.db.models.functions import Concat, RowNumber

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_city(value, field):
    """Read born as a value of city."""
    if value is None:
        return "unknown"
    value = field.to_python(value)
    field.run_validators(value)
    return value


def new_country(row):
    """Publisher.country of a row."""
    return row.first_name[:1]


def forwards(apps, schema_editor):
    """Insert a Publisher for each Author."""
    Publisher = apps.get_model("library", "Publisher")
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    authors = Author._base_manager.using(alias)
    publishers = Publisher._base_manager.using(alias)
    there = publishers.filter(name=OuterRef("new_name"))
    city_field = Publisher._meta.get_field("city")
    given = authors.order_by("pk").values_list("born", flat=True)
    refused = []

    for value in given.iterator():
        try:
            new_city(value, city_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "library/migspecs/computed_values_into_a_kept_table.yaml:19: "
            f"Publisher.city cannot hold these values of born: {refused[:5]}"
        )

    # One transaction: a key that is NULL would be inserted again.
    for page in key_ranges(authors, size=10_000):
        found = (
            page.annotate(new_name=Concat("last_name", Value(", self")))
            .exclude(Exists(there))
            .annotate(nth=Window(RowNumber(), partition_by=["new_name"], order_by="pk"))
            .filter(nth=1)
            .only("pk", "born", "first_name")
        )
        publishers.bulk_create(
            [
                Publisher(
                    name=row.new_name,
                    city=new_city(row.born, city_field),
                    country=new_country(row),
                )
                for row in found
            ],
            batch_size=1_000,
        )

    record_applied(
        connection, "library", "0003_computed_values_into_a_kept_table_data_2"
    )


def backwards(apps, schema_editor):
    """Delete the rows of Publisher where name__endswith=', self'."""
    Publisher = apps.get_model("library", "Publisher")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)

    # One transaction: the whole step is one, as a key that is NULL would be
    # inserted again.
    publishers.filter(name__endswith=", self").delete()


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
        ("library", "0002_computed_values_into_a_kept_table_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "publisher"}, elidable=True
        ),
    ]
