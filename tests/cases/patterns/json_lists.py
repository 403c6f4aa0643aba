# --- library/migrations/0002_json_lists_data.py
# Compiled by migspec from library/migspecs/json_lists.yaml, step 1. Change the spec, not this file.
# spec c678ee068aee, file 1 of 3, code e551c38ca0fc

import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_details_item(item):
    """item with other keys; JSON that is no mapping stays as it is."""
    if not isinstance(item, dict):
        return item
    if item.keys() & {"text", "stars"}:
        raise ValueError("item has one of the keys text, stars already")
    kept = {key: value for key, value in item.items() if key not in ("body",)}
    names = {"body": "text"}
    renamed = {new: item[old] for old, new in names.items() if old in item}
    return kept | renamed | {"stars": None}


def new_details(details):
    """details with other elements at reviews; other JSON stays as it is."""
    match details:
        case {"reviews": list(reviews)}:
            return details | {"reviews": [new_details_item(item) for item in reviews]}
    return details


def new_details_item_2(item):
    """item with other keys; JSON that is no mapping stays as it is."""
    if not isinstance(item, dict):
        return item
    if "body" in item:
        raise ValueError("item has the key body already")
    kept = {key: value for key, value in item.items() if key not in ("text", "stars")}
    names = {"text": "body"}
    renamed = {new: item[old] for old, new in names.items() if old in item}
    return kept | renamed


def new_details_2(details):
    """details with other elements at reviews; other JSON stays as it is."""
    match details:
        case {"reviews": list(reviews)}:
            return details | {"reviews": [new_details_item_2(item) for item in reviews]}
    return details


def forwards(apps, schema_editor):
    """Reviews have a text and stars, and each of their authors a role."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    given = books.order_by("pk").values_list("pk", "details")
    taken = []

    for pk, details in given.iterator():
        try:
            new_details(details)
        except ValueError:
            taken.append(pk)

    if taken:
        raise ValueError(
            "library/migspecs/json_lists.yaml:7: details has one of the "
            "keys text, stars at reviews[] already in the rows with these"
            f" keys: {taken[:5]}"
        )

    # One transaction: the new details is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(books, size=10_000):
        rows = [book for book in page.only("pk", "details") if book.details is not None]
        for book in rows:
            book.details = new_details(book.details)
        update_each(connection, Book, ["details"], rows)

    record_applied(connection, "library", "0002_json_lists_data")


def backwards(apps, schema_editor):
    """Set Book.details to details in its new shape."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    given = books.order_by("pk").values_list("pk", "details")
    taken = []

    for pk, details in given.iterator():
        try:
            new_details_2(details)
        except ValueError:
            taken.append(pk)

    if taken:
        raise ValueError(
            "library/migspecs/json_lists.yaml:7: details has the key body"
            f" at reviews[] already in the rows with these keys: {taken[:5]}"
        )

    # One transaction: the new details is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(books, size=10_000):
        rows = [book for book in page.only("pk", "details") if book.details is not None]
        for book in rows:
            book.details = new_details_2(book.details)
        update_each(connection, Book, ["details"], rows)

    record_unapplied(connection, "library", "0002_json_lists_data")


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


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0003_json_lists_data_2.py
# Compiled by migspec from library/migspecs/json_lists.yaml, step 2. Change the spec, not this file.
# spec c678ee068aee, file 2 of 3, code 651677cf9b85

import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_details_item(item):
    """item with other keys; JSON that is no mapping stays as it is."""
    if not isinstance(item, dict):
        return item
    if "role" in item:
        raise ValueError("item has the key role already")
    return item | {"role": {"value": "critic"}}


def new_details_item_2(item):
    """item with other elements at by, authors; other JSON stays as it is."""
    match item:
        case {"by": {"authors": list(authors)} as by}:
            return item | {
                "by": by | {"authors": [new_details_item(item) for item in authors]}
            }
    return item


def new_details(details):
    """details with other elements at reviews; other JSON stays as it is."""
    match details:
        case {"reviews": list(reviews)}:
            return details | {"reviews": [new_details_item_2(item) for item in reviews]}
    return details


def new_details_item_3(item):
    """item with other keys; JSON that is no mapping stays as it is."""
    if not isinstance(item, dict):
        return item
    return {key: value for key, value in item.items() if key not in ("role",)}


def new_details_item_4(item):
    """item with other elements at by, authors; other JSON stays as it is."""
    match item:
        case {"by": {"authors": list(authors)} as by}:
            return item | {
                "by": by | {"authors": [new_details_item_3(item) for item in authors]}
            }
    return item


def new_details_2(details):
    """details with other elements at reviews; other JSON stays as it is."""
    match details:
        case {"reviews": list(reviews)}:
            return details | {"reviews": [new_details_item_4(item) for item in reviews]}
    return details


def forwards(apps, schema_editor):
    """Set Book.details to details in its new shape."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    given = books.order_by("pk").values_list("pk", "details")
    taken = []

    for pk, details in given.iterator():
        try:
            new_details(details)
        except ValueError:
            taken.append(pk)

    if taken:
        raise ValueError(
            "library/migspecs/json_lists.yaml:15: details has the key "
            "role at reviews[], by, authors[] already in the rows with "
            f"these keys: {taken[:5]}"
        )

    # One transaction: the new details is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(books, size=10_000):
        rows = [book for book in page.only("pk", "details") if book.details is not None]
        for book in rows:
            book.details = new_details(book.details)
        update_each(connection, Book, ["details"], rows)

    record_applied(connection, "library", "0003_json_lists_data_2")


def backwards(apps, schema_editor):
    """Set Book.details to details in its new shape."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new details is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(books, size=10_000):
        rows = [book for book in page.only("pk", "details") if book.details is not None]
        for book in rows:
            book.details = new_details_2(book.details)
        update_each(connection, Book, ["details"], rows)

    record_unapplied(connection, "library", "0003_json_lists_data_2")


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


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0002_json_lists_data"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]

# --- library/migrations/0004_json_lists_data_3.py
# Compiled by migspec from library/migspecs/json_lists.yaml, step 3. Change the spec, not this file.
# spec c678ee068aee, file 3 of 3, code 2c31e19dd572

import json
import logging
import time

from django.db import connections, migrations, router
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)
BATCH_SIZE = 50_000


def new_details(details):
    """details with other elements at formats; other JSON stays as it is."""
    match details:
        case {"formats": list(formats)}:
            new = [{"name": "audio", "hours": 7, "abridged": False}]
            there = {json.dumps(item, sort_keys=True) for item in formats}
            if any(json.dumps(item, sort_keys=True) in there for item in new):
                raise ValueError(
                    "formats has the element {'name': 'audio', 'hours': 7, 'abridged': False} already"
                )
            return details | {"formats": formats + new}
    return details


def new_details_2(details):
    """details with other elements at formats; other JSON stays as it is."""
    match details:
        case {"formats": list(formats)}:
            gone = {
                json.dumps(item, sort_keys=True)
                for item in [{"name": "audio", "hours": 7, "abridged": False}]
            }
            return details | {
                "formats": [
                    item
                    for item in formats
                    if json.dumps(item, sort_keys=True) not in gone
                ]
            }
    return details


def forwards(apps, schema_editor):
    """Set Book.details to details in its new shape."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)
    given = books.order_by("pk").values_list("pk", "details")
    taken = []

    for pk, details in given.iterator():
        try:
            new_details(details)
        except ValueError:
            taken.append(pk)

    if taken:
        raise ValueError(
            "library/migspecs/json_lists.yaml:22: details has the element"
            " {'name': 'audio', 'hours': 7, 'abridged': False} at formats"
            f" already in the rows with these keys: {taken[:5]}"
        )

    # One transaction: the new details is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(books, size=10_000):
        rows = [book for book in page.only("pk", "details") if book.details is not None]
        for book in rows:
            book.details = new_details(book.details)
        update_each(connection, Book, ["details"], rows)

    record_applied(connection, "library", "0004_json_lists_data_3")


def backwards(apps, schema_editor):
    """Set Book.details to details in its new shape."""
    Book = apps.get_model("library", "Book")
    connection = schema_editor.connection
    alias = connection.alias
    if not router.allow_migrate_model(alias, Book):
        return

    books = Book._base_manager.using(alias)

    # One transaction: the new details is computed from what is written, so a second
    # run would change it again.
    for page in key_ranges(books, size=10_000):
        rows = [book for book in page.only("pk", "details") if book.details is not None]
        for book in rows:
            book.details = new_details_2(book.details)
        update_each(connection, Book, ["details"], rows)

    record_unapplied(connection, "library", "0004_json_lists_data_3")


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


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_json_lists_data_2"),
    ]

    operations = [
        migrations.RunPython(
            forwards, backwards, hints={"model_name": "book"}, elidable=True
        ),
    ]
