# --- library/migrations/0002_delete_with_what_hangs_on_it_schema.py
# Compiled by migspec from library/migspecs/delete_with_what_hangs_on_it.yaml, steps 1, 2. Change the spec, not this file.
# spec d8ffb706ac49, file 1 of 3, code f5b2fdb2c0b8

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
                    name="KeptAuthor",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("first_name", models.CharField(max_length=50)),
                        ("last_name", models.CharField(max_length=50)),
                        ("email", models.EmailField(max_length=254, null=True)),
                        ("born", models.DateField(null=True)),
                    ],
                    options={
                        "db_table": "library_delete_with_what_hangs_on_it_1_kept_author"
                    },
                ),
                migrations.CreateModel(
                    name="KeptBook",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("title", models.CharField(max_length=200)),
                        ("isbn", models.CharField(max_length=13)),
                        ("status", models.IntegerField()),
                        ("pages", models.PositiveIntegerField(null=True)),
                        (
                            "price",
                            models.DecimalField(
                                decimal_places=2, max_digits=8, null=True
                            ),
                        ),
                        ("published", models.DateField(null=True)),
                        ("summary", models.TextField()),
                        ("details", models.JSONField()),
                        ("author_id", models.BigIntegerField()),
                        ("publisher_id", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "db_table": "library_delete_with_what_hangs_on_it_1_kept_book"
                    },
                ),
                migrations.CreateModel(
                    name="KeptContribution",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("role", models.CharField(max_length=20)),
                        ("position", models.PositiveSmallIntegerField()),
                        ("author_id", models.BigIntegerField()),
                        ("book_id", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "library_delete_with_what_hangs_on_it_1_kept_contribution"
                    },
                ),
                migrations.CreateModel(
                    name="KeptBookTags",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("book_id", models.BigIntegerField()),
                        ("tag_id", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "library_delete_with_what_hangs_on_it_1_kept_booktags"
                    },
                ),
                migrations.CreateModel(
                    name="KeptProduct",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("book_id", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "db_table": "library_delete_with_what_hangs_on_it_1_kept_product"
                    },
                ),
                migrations.CreateModel(
                    name="KeptPublisher",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("name", models.CharField(max_length=100)),
                        ("city", models.CharField(max_length=60)),
                        ("country", models.CharField(max_length=2)),
                    ],
                    options={
                        "db_table": "library_delete_with_what_hangs_on_it_2_kept_publisher"
                    },
                ),
                migrations.CreateModel(
                    name="KeptBook2",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True)),
                        ("publisher_id", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "db_table": "library_delete_with_what_hangs_on_it_2_kept_book2"
                    },
                ),
            ]
        ),
    ]

# --- library/migrations/0003_delete_with_what_hangs_on_it_data.py
# Compiled by migspec from library/migspecs/delete_with_what_hangs_on_it.yaml, step 1. Change the spec, not this file.
# spec d8ffb706ac49, file 2 of 3, code 1612fd7fa98a

import logging
import time

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class KeptAuthor(models.Model):
    """What is taken from Author."""

    id = models.BigIntegerField(primary_key=True)
    first_name = models.CharField(max_length=50)
    last_name = models.CharField(max_length=50)
    email = models.EmailField(max_length=254, null=True)
    born = models.DateField(null=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_delete_with_what_hangs_on_it_1_kept_author"


class KeptBook(models.Model):
    """What is taken from Book."""

    id = models.BigIntegerField(primary_key=True)
    title = models.CharField(max_length=200)
    isbn = models.CharField(max_length=13)
    status = models.IntegerField()
    pages = models.PositiveIntegerField(null=True)
    price = models.DecimalField(decimal_places=2, max_digits=8, null=True)
    published = models.DateField(null=True)
    summary = models.TextField()
    details = models.JSONField()
    author_id = models.BigIntegerField()
    publisher_id = models.BigIntegerField(null=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_delete_with_what_hangs_on_it_1_kept_book"


class KeptContribution(models.Model):
    """What is taken from Contribution."""

    id = models.BigIntegerField(primary_key=True)
    role = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    author_id = models.BigIntegerField()
    book_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_delete_with_what_hangs_on_it_1_kept_contribution"


class KeptBookTags(models.Model):
    """What is taken from Book_tags."""

    id = models.BigIntegerField(primary_key=True)
    book_id = models.BigIntegerField()
    tag_id = models.BigIntegerField()

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_delete_with_what_hangs_on_it_1_kept_booktags"


class KeptProduct(models.Model):
    """What is taken from Product."""

    id = models.BigIntegerField(primary_key=True)
    book_id = models.BigIntegerField(null=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_delete_with_what_hangs_on_it_1_kept_product"


def forwards(apps, schema_editor):
    """Authors without a name were made by mistake; so were their books."""
    Author = apps.get_model("library", "Author")
    Book = apps.get_model("library", "Book")
    Contribution = apps.get_model("library", "Contribution")
    Book_tags = apps.get_model("library", "Book_tags")
    Product = apps.get_model("shop", "Product")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)
    books = Book._base_manager.using(alias)
    contributions = Contribution._base_manager.using(alias)
    book_tags_rows = Book_tags._base_manager.using(alias)
    products = Product._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(authors, size=10_000):
        with transaction.atomic(using=alias):
            gone = page.filter(last_name="", first_name="")
            keep_old(connection, KeptAuthor, gone)
            keep_old(connection, KeptBook, books.filter(author__in=gone))
            keep_old(
                connection,
                KeptContribution,
                contributions.filter(book__author__in=gone),
            )
            keep_old(
                connection, KeptContribution, contributions.filter(author__in=gone)
            )
            keep_old(
                connection, KeptBookTags, book_tags_rows.filter(book__author__in=gone)
            )
            keep_old(connection, KeptProduct, products.filter(book__author__in=gone))
            gone.delete()


def backwards(apps, schema_editor):
    """Insert the deleted rows of Author, Book, Contribution and Book_tags again.

    Set Product.book back.
    """
    Author = apps.get_model("library", "Author")
    Book = apps.get_model("library", "Book")
    Contribution = apps.get_model("library", "Contribution")
    Book_tags = apps.get_model("library", "Book_tags")
    Product = apps.get_model("shop", "Product")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return
    check_kept(
        connection, KeptAuthor, "library/migspecs/delete_with_what_hangs_on_it.yaml:6"
    )

    kept_authors = KeptAuthor._base_manager.using(alias)
    authors = Author._base_manager.using(alias)
    there = authors.filter(id=OuterRef("id"))
    kept_books = KeptBook._base_manager.using(alias)
    books = Book._base_manager.using(alias)
    there_2 = books.filter(id=OuterRef("id"))
    kept_contributions = KeptContribution._base_manager.using(alias)
    contributions = Contribution._base_manager.using(alias)
    there_3 = contributions.filter(id=OuterRef("id"))
    kept_book_tags_rows = KeptBookTags._base_manager.using(alias)
    book_tags_rows = Book_tags._base_manager.using(alias)
    there_4 = book_tags_rows.filter(id=OuterRef("id"))
    products = Product._base_manager.using(alias)
    kept_products = KeptProduct._base_manager.using(alias)

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(kept_authors, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Author,
                {
                    "id": "id",
                    "first_name": "first_name",
                    "last_name": "last_name",
                    "email": "email",
                    "born": "born",
                },
                page.exclude(Exists(there)),
            )

    reset_sequences(connection, Author)

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(kept_books, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Book,
                {
                    "id": "id",
                    "title": "title",
                    "isbn": "isbn",
                    "status": "status",
                    "pages": "pages",
                    "price": "price",
                    "published": "published",
                    "summary": "summary",
                    "details": "details",
                    "author_id": "author_id",
                    "publisher_id": "publisher_id",
                },
                page.exclude(Exists(there_2)),
            )
            check_foreign_keys(connection, Book)

    reset_sequences(connection, Book)

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(kept_contributions, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Contribution,
                {
                    "id": "id",
                    "role": "role",
                    "position": "position",
                    "author_id": "author_id",
                    "book_id": "book_id",
                },
                page.exclude(Exists(there_3)),
            )
            check_foreign_keys(connection, Contribution)

    reset_sequences(connection, Contribution)

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(kept_book_tags_rows, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Book_tags,
                {"id": "id", "book_id": "book_id", "tag_id": "tag_id"},
                page.exclude(Exists(there_4)),
            )
            check_foreign_keys(connection, Book_tags)

    reset_sequences(connection, Book_tags)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(products):
        with transaction.atomic(using=alias):
            update_from(
                connection, page, KeptProduct, {"id": "id"}, {"book_id": "book_id"}
            )
            check_foreign_keys(connection, Product)

    kept_authors._raw_delete(alias)
    kept_books._raw_delete(alias)
    kept_contributions._raw_delete(alias)
    kept_book_tags_rows._raw_delete(alias)
    kept_products._raw_delete(alias)


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


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0002_delete_with_what_hangs_on_it_schema"),
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "author"}, elidable=True
        ),
    ]

# --- library/migrations/0004_delete_with_what_hangs_on_it_data_2.py
# Compiled by migspec from library/migspecs/delete_with_what_hangs_on_it.yaml, step 2. Change the spec, not this file.
# spec d8ffb706ac49, file 3 of 3, code dde9ec188b2a

import logging
import time

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connections, migrations, models, router, transaction
from django.db.models import Exists, OuterRef

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


class KeptPublisher(models.Model):
    """What is taken from Publisher."""

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=100)
    city = models.CharField(max_length=60)
    country = models.CharField(max_length=2)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_delete_with_what_hangs_on_it_2_kept_publisher"


class KeptBook2(models.Model):
    """What is taken from Book."""

    id = models.BigIntegerField(primary_key=True)
    publisher_id = models.BigIntegerField(null=True)

    class Meta:
        apps = Apps()
        app_label = "library"
        db_table = "library_delete_with_what_hangs_on_it_2_kept_book2"


def forwards(apps, schema_editor):
    """Delete the rows of Publisher where city='Nowhere'."""
    Publisher = apps.get_model("library", "Publisher")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return

    publishers = Publisher._base_manager.using(alias)
    books = Book._base_manager.using(alias)

    # Safe to run again: its condition reads nothing that it deletes but the row
    # itself, so each range commits by itself.
    for page in key_ranges(publishers, size=10_000):
        with transaction.atomic(using=alias):
            gone = page.filter(city="Nowhere")
            keep_old(connection, KeptPublisher, gone)
            keep_old(connection, KeptBook2, books.filter(publisher__in=gone))
            gone.delete()


def backwards(apps, schema_editor):
    """Insert the deleted rows of Publisher again.

    Set Book.publisher back.
    """
    Publisher = apps.get_model("library", "Publisher")
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Publisher):
        return
    check_kept(
        connection,
        KeptPublisher,
        "library/migspecs/delete_with_what_hangs_on_it.yaml:11",
    )

    kept_publishers = KeptPublisher._base_manager.using(alias)
    publishers = Publisher._base_manager.using(alias)
    there = publishers.filter(id=OuterRef("id"))
    books = Book._base_manager.using(alias)
    kept_book2s = KeptBook2._base_manager.using(alias)

    # Safe to run again: rows whose key is there are left alone, so each range
    # commits by itself.
    for page in key_ranges(kept_publishers, large_on=("postgresql", "sqlite")):
        with transaction.atomic(using=alias):
            insert_select(
                connection,
                Publisher,
                {"id": "id", "name": "name", "city": "city", "country": "country"},
                page.exclude(Exists(there)),
            )

    reset_sequences(connection, Publisher)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books):
        with transaction.atomic(using=alias):
            update_from(
                connection,
                page,
                KeptBook2,
                {"id": "id"},
                {"publisher_id": "publisher_id"},
            )
            check_foreign_keys(connection, Book)

    kept_publishers._raw_delete(alias)
    kept_book2s._raw_delete(alias)


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


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0003_delete_with_what_hangs_on_it_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "publisher"}, elidable=True
        ),
    ]
