# --- library/migrations/0002_slugs_and_tokens_schema.py
# Compiled by migspec from library/migspecs/slugs_and_tokens.yaml, steps 1 to 3. Change the spec, not this file.
# spec 450a9d29e22b, file 1 of 5, code 93dacb0e9b6d

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="slug",
            field=models.SlugField(max_length=80, null=True),
        ),
        migrations.AddField(
            model_name="book",
            name="credits",
            field=models.CharField(max_length=150, null=True),
        ),
        migrations.AddField(
            model_name="author",
            name="token",
            field=models.CharField(max_length=40, null=True),
        ),
    ]

# --- library/migrations/0003_slugs_and_tokens_data.py
# Compiled by migspec from library/migspecs/slugs_and_tokens.yaml, step 4. Change the spec, not this file.
# spec 450a9d29e22b, file 2 of 5, code 3e03d709eb7b

import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count
from django.utils.text import slugify

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_slug(row):
    """Book.slug of a row."""
    return slugify(f"{row.author.last_name} {row.title}")


def forwards(apps, schema_editor):
    """Set Book.slug to what the function above gives for each row."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new values of slug are compared when all of them are
    # there.
    for page in key_ranges(books, size=10_000):
        rows = list(
            page.select_related("author").only("pk", "title", "author__last_name")
        )
        for book in rows:
            book.slug = new_slug(book)
        update_each(connection, Book, ["slug"], rows)

    shared = (
        books.values("slug")
        .annotate(rows=Count("*"))
        .filter(rows__gt=1, slug__isnull=False)
        .order_by("slug")
    )
    if values := list(shared.values_list("slug", flat=True)[:5]):
        raise ValueError(
            "library/migspecs/slugs_and_tokens.yaml:16: several rows "
            "would hold each of these values in Book.slug ('duplicates: "
            f"error'): {values}"
        )

    record_applied(connection, "library", "0003_slugs_and_tokens_data")


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


def update_each(connection, model, columns, rows, size=100):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)

    def saved(row, fields):
        return [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in fields
        ]

    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
            params = [saved(row, (*fields, *keys)) for row in rows]
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {same}", params)
            return
        # MySQL is sent each row's statement by itself, and waiting for it would take most of the time.
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            case = f"CASE{f' WHEN {same} THEN %s' * len(some)} END"
            sets = ", ".join(f"{quote(field.column)} = {case}" for field in fields)
            params = [
                value
                for field in fields
                for row in some
                for value in saved(row, (*keys, field))
            ]
            params += [value for row in some for value in saved(row, keys)]
            where = " OR ".join([f"({same})"] * len(some))
            cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", params)


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_slugs_and_tokens_schema"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]

# --- library/migrations/0004_slugs_and_tokens_data_2.py
# Compiled by migspec from library/migspecs/slugs_and_tokens.yaml, step 6. Change the spec, not this file.
# spec 450a9d29e22b, file 3 of 5, code 8a0c1a74e94a

import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count
from django.utils.crypto import get_random_string

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_token(row):
    """Author.token of a row."""
    return get_random_string(32)


def forwards(apps, schema_editor):
    """Set Author.token to what the function above gives for each row where token is
    NULL.
    """
    Author = apps.get_model("library", "Author")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Author):
        return

    authors = Author._base_manager.using(alias)

    # One transaction: the new values of token are compared when all of them are
    # there.
    for page in key_ranges(authors, size=10_000):
        rows = list(page.filter(token__isnull=True).only("pk"))
        for author in rows:
            author.token = new_token(author)
        update_each(connection, Author, ["token"], rows)

    shared = (
        authors.values("token")
        .annotate(rows=Count("*"))
        .filter(rows__gt=1, token__isnull=False)
        .order_by("token")
    )
    if values := list(shared.values_list("token", flat=True)[:5]):
        raise ValueError(
            "library/migspecs/slugs_and_tokens.yaml:31: several rows "
            "would hold each of these values in Author.token "
            f"('duplicates: error'): {values}"
        )

    record_applied(connection, "library", "0004_slugs_and_tokens_data_2")


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


def update_each(connection, model, columns, rows, size=100):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)

    def saved(row, fields):
        return [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in fields
        ]

    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
            params = [saved(row, (*fields, *keys)) for row in rows]
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {same}", params)
            return
        # MySQL is sent each row's statement by itself, and waiting for it would take most of the time.
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            case = f"CASE{f' WHEN {same} THEN %s' * len(some)} END"
            sets = ", ".join(f"{quote(field.column)} = {case}" for field in fields)
            params = [
                value
                for field in fields
                for row in some
                for value in saved(row, (*keys, field))
            ]
            params += [value for row in some for value in saved(row, keys)]
            where = " OR ".join([f"({same})"] * len(some))
            cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", params)


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_slugs_and_tokens_data"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "author"},
            elidable=True,
        ),
    ]

# --- library/migrations/0005_slugs_and_tokens_data_3.py
# Compiled by migspec from library/migspecs/slugs_and_tokens.yaml, step 5. Change the spec, not this file.
# spec 450a9d29e22b, file 4 of 5, code de7465ad31f9

import logging
import re
import time

from django.db import connections, migrations, router, transaction

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_credits(row):
    """Book.credits of a row."""
    initials = " ".join(
        f"{name[0]}." for name in re.findall(r"\w+", row.author.first_name)
    )
    if row.publisher_id is None:
        return f"{initials} {row.author.last_name}"
    return f"{initials} {row.author.last_name} ({row.publisher.name})"


def forwards(apps, schema_editor):
    """Initials, last name and publisher."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # Safe to run again: the values read no column that is written, so each range
    # commits by itself.
    for page in key_ranges(books, size=10_000):
        rows = list(
            page.select_related("author", "publisher").only(
                "pk",
                "publisher_id",
                "author__last_name",
                "publisher__name",
                "author__first_name",
            )
        )
        for book in rows:
            book.credits = new_credits(book)
        with transaction.atomic(using=alias):
            update_each(connection, Book, ["credits"], rows)


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


def update_each(connection, model, columns, rows, size=100):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)

    def saved(row, fields):
        return [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in fields
        ]

    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
            params = [saved(row, (*fields, *keys)) for row in rows]
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {same}", params)
            return
        # MySQL is sent each row's statement by itself, and waiting for it would take most of the time.
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            case = f"CASE{f' WHEN {same} THEN %s' * len(some)} END"
            sets = ", ".join(f"{quote(field.column)} = {case}" for field in fields)
            params = [
                value
                for field in fields
                for row in some
                for value in saved(row, (*keys, field))
            ]
            params += [value for row in some for value in saved(row, keys)]
            where = " OR ".join([f"({same})"] * len(some))
            cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", params)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0004_slugs_and_tokens_data_2"),
    ]

    operations = [
        # Nothing to undo: what is written here goes when its columns go.
        migrations.RunPython(
            forwards,
            migrations.RunPython.noop,
            hints={"model_name": "book"},
            elidable=True,
        ),
    ]

# --- library/migrations/0006_slugs_and_tokens_cleanup.py
# Compiled by migspec from library/migspecs/slugs_and_tokens.yaml, step 7. Change the spec, not this file.
# spec 450a9d29e22b, file 5 of 5, code 92fdb0e848ea

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0005_slugs_and_tokens_data_3"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="slug",
            field=models.SlugField(max_length=80, null=True, unique=True),
        ),
    ]
