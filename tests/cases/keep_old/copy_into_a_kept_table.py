# --- library/migrations/0002_copy_into_a_kept_table_schema.py
# Compiled by migspec from library/migspecs/copy_into_a_kept_table.yaml, steps 1, 2. Change the spec, not this file.
# spec 01d83ebed708, file 1 of 3, code 7aea03898d75

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        # What keep_old saves for rolling back; the migration state does not know it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="AddedAuthor",
                    fields=[
                        (
                            "last_name",
                            models.CharField(max_length=50, primary_key=True),
                        ),
                    ],
                    options={
                        "db_table": "library_copy_into_a_kept_table_1_added_author"
                    },
                ),
                migrations.CreateModel(
                    name="KeptAuthor",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("first_name", models.CharField(max_length=50)),
                        ("email", models.EmailField(max_length=254, null=True)),
                    ],
                    options={
                        "db_table": "library_copy_into_a_kept_table_1_kept_author"
                    },
                ),
                migrations.CreateModel(
                    name="AddedTag",
                    fields=[
                        ("slug", models.SlugField(primary_key=True)),
                    ],
                    options={"db_table": "library_copy_into_a_kept_table_2_added_tag"},
                ),
            ]
        ),
    ]

# --- library/migrations/0003_copy_into_a_kept_table_data.py
# Compiled by migspec from library/migspecs/copy_into_a_kept_table.yaml, step 1. Change the spec, not this file.
# spec 01d83ebed708, file 2 of 3, code 903d61668e04

import logging
import time

from django.apps.registry import Apps
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, F, OuterRef, Subquery, Value

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class AddedAuthor(models.Model):
    """The keys of the rows that are added to Author."""

    last_name = models.CharField(max_length=50, primary_key=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_copy_into_a_kept_table_1_added_author"


class KeptAuthor(models.Model):
    """What is taken from Author."""

    id = models.BigIntegerField(primary_key=True)
    first_name = models.CharField(max_length=50)
    email = models.EmailField(max_length=254, null=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_copy_into_a_kept_table_1_kept_author"


def forwards(apps, schema_editor):
    """Each publisher is an author, too."""
    Author = apps.get_model("library", "Author")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    publishers = Publisher._base_manager.using(alias)
    authors = Author._base_manager.using(alias)
    there = authors.filter(last_name=OuterRef("name"))
    added_authors = AddedAuthor._base_manager.using(alias)
    kept = added_authors.filter(last_name=OuterRef("name"))
    publisher = Publisher._base_manager.using(alias).filter(name=OuterRef("last_name"))

    # Safe to run again: rows whose key is there are brought up to date, so each
    # range commits by itself.
    for page in key_ranges(authors):
        with transaction.atomic(using=alias):
            chosen = page.filter(Exists(publisher))
            keep_old(connection, KeptAuthor, chosen)
            chosen.update(first_name="", email=Subquery(publisher.values("name")[:1]))

    # Safe to run again: rows whose key is there are brought up to date, so each
    # range commits by itself.
    for page in key_ranges(publishers, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            rows = page.exclude(Exists(there))
            insert_select(
                connection,
                AddedAuthor,
                {"last_name": "name"},
                rows.exclude(Exists(kept)),
            )
            insert_select(
                connection,
                Author,
                {"first_name": Value(""), "last_name": "name", "email": F("name")},
                rows,
            )


def backwards(apps, schema_editor):
    """Delete the added rows of Author.

    Set Author.first_name and Author.email back.
    """
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return
    check_kept(
        connection, AddedAuthor, "library/migspecs/copy_into_a_kept_table.yaml:6"
    )

    authors = Author._base_manager.using(alias)
    added_authors = AddedAuthor._base_manager.using(alias)
    kept_authors = KeptAuthor._base_manager.using(alias)
    added_author = AddedAuthor._base_manager.using(alias).filter(
        last_name=OuterRef("last_name")
    )

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(authors, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            page.filter(Exists(added_author))._raw_delete(alias)
            check_foreign_keys(connection)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(authors):
        with transaction.atomic(using=alias):
            update_from(
                connection,
                page,
                KeptAuthor,
                {"id": "id"},
                {"first_name": "first_name", "email": "email"},
            )

    added_authors._raw_delete(alias)
    kept_authors._raw_delete(alias)


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


def keep_old(connection, kept, rows):
    """Save rows in their side table, but those that it has: in a second run they are not the old ones."""
    names = [field.attname for field in kept._meta.concrete_fields]
    key = {field.attname: OuterRef(field.attname) for field in kept._meta.pk_fields}
    there = kept._base_manager.using(connection.alias).filter(**key)
    insert_select(
        connection, kept, {name: name for name in names}, rows.exclude(Exists(there))
    )


def check_kept(connection, kept, step):
    """Stop where there is no side table: a migration that was only faked has not made it."""
    if kept._meta.db_table not in connection.introspection.table_names():
        raise RuntimeError(
            f"{step}: what it kept is not there, in table {kept._meta.db_table}"
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


def update_from(connection, rows, source, match, columns):
    """UPDATE rows FROM source: set columns from the row that is equal in match."""
    quote = connection.ops.quote_name
    table, other = quote(rows.model._meta.db_table), quote(source._meta.db_table)

    def equal(names, prefix=""):
        for name, theirs in names.items():
            column = quote(rows.model._meta.get_field(name).column)
            found = quote(source._meta.get_field(theirs).column)
            yield f"{prefix}{column} = {other}.{found}"

    condition, params = " AND ".join(equal(match, f"{table}.")), ()
    parts, key = [rows.query.where] if rows.query.where else [], rows.model._meta.pk
    if key.attname in match:
        # PostgreSQL does not see that a range of keys is one of the source too, and would read all of it each time.
        same = source._meta.get_field(match[key.attname]).get_col(
            source._meta.db_table, key
        )
        limits = [
            part
            for part in rows.query.where.children
            if getattr(part, "lhs", None) == key.cached_col
        ]
        parts += [type(limit)(same, limit.rhs) for limit in limits]
    for part in parts:
        where, values = rows.query.get_compiler(connection.alias).compile(part)
        condition, params = f"{condition} AND {where}", (*params, *values)
    if connection.vendor == "mysql":
        sets = ", ".join(equal(columns, f"{table}."))
        sql = f"UPDATE {table} INNER JOIN {other} ON {condition} SET {sets}"
    else:
        sets = ", ".join(equal(columns))
        sql = f"UPDATE {table} SET {sets} FROM {other} WHERE {condition}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_copy_into_a_kept_table_schema"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "author"}, elidable=True
        ),
    ]

# --- library/migrations/0004_copy_into_a_kept_table_data_2.py
# Compiled by migspec from library/migspecs/copy_into_a_kept_table.yaml, step 2. Change the spec, not this file.
# spec 01d83ebed708, file 3 of 3, code 86e15dcb74a2

from django.apps.registry import Apps
from django.db import migrations, models, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Window
from django.db.models.functions import Lower, RowNumber


class AddedTag(models.Model):
    """The keys of the rows that are added to Tag."""

    slug = models.SlugField(primary_key=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_copy_into_a_kept_table_2_added_tag"


def forwards(apps, schema_editor):
    """Insert a Tag for each Publisher where country='NO'."""
    Tag = apps.get_model("library", "Tag")
    Publisher = apps.get_model("library", "Publisher")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return

    publishers = Publisher._base_manager.using(alias)
    tags = Tag._base_manager.using(alias)
    there = tags.filter(slug=OuterRef("new_slug"))
    added_tags = AddedTag._base_manager.using(alias)
    kept = added_tags.filter(slug=OuterRef("new_slug"))

    # One transaction: a key that is NULL would be inserted again.
    rows = (
        publishers.filter(country="NO")
        .annotate(new_slug=Lower("name"))
        .exclude(Exists(there))
        .annotate(nth=Window(RowNumber(), partition_by=["new_slug"], order_by="pk"))
        .filter(nth=1)
    )
    insert_select(
        connection, AddedTag, {"slug": "new_slug"}, rows.exclude(Exists(kept))
    )
    insert_select(connection, Tag, {"slug": "new_slug", "label": "city"}, rows)
    record_applied(connection, "library", "0004_copy_into_a_kept_table_data_2")


def backwards(apps, schema_editor):
    """Delete the added rows of Tag."""
    Tag = apps.get_model("library", "Tag")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Tag):
        return
    check_kept(connection, AddedTag, "library/migspecs/copy_into_a_kept_table.yaml:17")

    tags = Tag._base_manager.using(alias)
    added_tags = AddedTag._base_manager.using(alias)
    added_tag = AddedTag._base_manager.using(alias).filter(slug=OuterRef("slug"))

    # One transaction: the whole step is one, as a key that is NULL would be
    # inserted again.
    tags.filter(Exists(added_tag))._raw_delete(alias)
    added_tags._raw_delete(alias)


def check_kept(connection, kept, step):
    """Stop where there is no side table: a migration that was only faked has not made it."""
    if kept._meta.db_table not in connection.introspection.table_names():
        raise RuntimeError(
            f"{step}: what it kept is not there, in table {kept._meta.db_table}"
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


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_copy_into_a_kept_table_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "tag"}, elidable=True
        ),
    ]
