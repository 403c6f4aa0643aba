# --- library/migrations/0002_computed_values_schema.py
# Compiled by migspec from library/migspecs/computed_values.yaml, steps 1, 2. Change the spec, not this file.
# spec 94a8c0ead85c, file 1 of 3, code 102bf9bfe389

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Shelf",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("book_id", models.BigIntegerField()),
                ("title", models.CharField(max_length=100)),
                ("slug", models.SlugField()),
                ("pages", models.CharField(max_length=10)),
                ("details", models.JSONField()),
                ("token", models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name="Summary",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("author_id", models.BigIntegerField()),
                ("books", models.IntegerField()),
                ("contributions", models.IntegerField()),
                ("is_published", models.BooleanField()),
                ("number", models.IntegerField()),
                ("kind", models.CharField(max_length=10)),
            ],
        ),
    ]

# --- library/migrations/0003_computed_values_data.py
# Compiled by migspec from library/migspecs/computed_values.yaml, step 3. Change the spec, not this file.
# spec 94a8c0ead85c, file 2 of 3, code 26b243ebfd03

import logging
import time
import uuid

from django.core.exceptions import ValidationError
from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Upper
from django.utils.text import slugify

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_slug(row):
    """Shelf.slug of a row."""
    return slugify(f"{row.author.last_name} {row.title}")


def new_pages(value, field):
    """Read pages as a value of pages."""
    if value is None:
        return "?"
    value = field.to_python(value)
    field.run_validators(value)
    return value


def new_details(details):
    """details with other keys; JSON that is no mapping stays as it is."""
    if not isinstance(details, dict):
        return details
    return {key: value for key, value in details.items() if key not in ("internal",)}


def forwards(apps, schema_editor):
    """Insert a Shelf for each Book."""
    Shelf = apps.get_model("library", "Shelf")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Shelf):
        return

    books = Book._base_manager.using(alias)
    pages_field = Shelf._meta.get_field("pages")
    shelfs = Shelf._base_manager.using(alias)
    given = books.order_by("pk").values_list("pages", flat=True)
    refused = []

    for value in given.iterator():
        try:
            new_pages(value, pages_field)
        except (ValidationError, ValueError):
            refused.append(value)

    if refused:
        raise ValueError(
            "library/migspecs/computed_values.yaml:26: Shelf.pages cannot"
            f" hold these values of pages: {refused[:5]}"
        )

    # One transaction: without a key, a second run would insert the rows again.
    for page in key_ranges(books, size=10_000):
        found = (
            page.select_related("author")
            .only("pk", "title", "author__last_name", "pages", "details")
            .annotate(new_title=Upper("title"))
        )
        shelfs.bulk_create(
            [
                Shelf(
                    book_id=row.id,
                    title=row.new_title,
                    slug=new_slug(row),
                    pages=new_pages(row.pages, pages_field),
                    details=new_details(row.details),
                    token=uuid.uuid4(),
                )
                for row in found
            ],
            batch_size=1_000,
        )

    record_applied(connection, "library", "0003_computed_values_data")


def backwards(apps, schema_editor):
    """Delete every Shelf."""
    Shelf = apps.get_model("library", "Shelf")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Shelf):
        return

    shelfs = Shelf._base_manager.using(alias)

    # One transaction: the whole step is one, as without a key, a second run would
    # insert the rows again.
    shelfs._raw_delete(alias)


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
        ("library", "0002_computed_values_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "shelf"}, elidable=True
        ),
    ]

# --- library/migrations/0004_computed_values_data_2.py
# Compiled by migspec from library/migspecs/computed_values.yaml, step 4. Change the spec, not this file.
# spec 94a8c0ead85c, file 3 of 3, code 5f65560663f0

from django.db import migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import (
    Case,
    Count,
    Exists,
    OuterRef,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber

KIND_BY_LAST_NAME_FIRST_NAME = [
    ("Hamsun", "Knut", "one"),
    ("Undset", "Sigrid", "two"),
]


def forwards(apps, schema_editor):
    """Insert a Summary for each Author where books is not NULL."""
    Summary = apps.get_model("library", "Summary")
    Author = apps.get_model("library", "Author")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Summary):
        return

    authors = Author._base_manager.using(alias)
    same_author = Author._base_manager.using(alias).filter(pk=OuterRef("pk"))

    # One transaction: its numbers count all the rows that it copies.
    insert_select(
        connection,
        Summary,
        {
            "author_id": "id",
            "books": Subquery(
                same_author.values("pk")
                .annotate(new_value=Count("books"))
                .values("new_value")[:1]
            ),
            "contributions": Subquery(
                same_author.values("pk")
                .annotate(new_value=Count("contribution"))
                .values("new_value")[:1]
            ),
            "is_published": Exists(
                Book._base_manager.using(alias).filter(
                    author_id=OuterRef("id"), status=2
                )
            ),
            "number": Window(RowNumber(), order_by=["last_name", "id"]),
            "kind": Case(
                *(
                    When(last_name=last_name, first_name=first_name, then=Value(new))
                    for last_name, first_name, new in KIND_BY_LAST_NAME_FIRST_NAME
                ),
                default=Value("other"),
            ),
        },
        authors.filter(
            pk__in=Author._base_manager.using(alias)
            .filter(books__isnull=False)
            .values("pk")
        ),
    )
    record_applied(connection, "library", "0004_computed_values_data_2")


def backwards(apps, schema_editor):
    """Delete every Summary."""
    Summary = apps.get_model("library", "Summary")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Summary):
        return

    summaries = Summary._base_manager.using(alias)

    # One transaction: the whole step is one, as its numbers count all the rows that
    # it copies.
    summaries._raw_delete(alias)


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
        ("library", "0003_computed_values_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "summary"}, elidable=True
        ),
    ]
