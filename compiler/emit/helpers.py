# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""Functions that generated files carry: their source is copied as it stands here, with what it needs."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Collection

from django.core.management.color import no_style
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Case, Exists, F, OuterRef, Value, When

# Rows of one range. From 10,000 to 200,000 updates differed little from one statement; joins were slower below 50,000.
BATCH_SIZE = 50_000

logger = logging.getLogger(__name__)


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
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params)


def update_select(connection, model, columns, rows):
    """UPDATE model SET columns to expressions over rows; all of them are computed before the first row is written."""
    keys = {f"key_{number}": field for number, field in enumerate(model._meta.pk_fields)}
    news = {f"new_{number}": model._meta.get_field(name) for number, name in enumerate(columns)}
    named = {name: F(field.attname) for name, field in keys.items()} | dict(zip(news, columns.values(), strict=True))
    query = rows.order_by().values(**named).query
    select, params = query.get_compiler(connection.alias, elide_empty=False).as_sql()
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{table}.{quote(field.column)} = computed.{quote(name)}" for name, field in keys.items())
    sets = ", ".join(f"{quote(field.column)} = computed.{quote(name)}" for name, field in news.items())
    if connection.vendor == "mysql":
        sql = f"UPDATE {table} INNER JOIN ({select}) computed ON {same} SET {sets}"
    else:
        sql = f"UPDATE {table} SET {sets} FROM ({select}) computed WHERE {same}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


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
        same = source._meta.get_field(match[key.attname]).get_col(source._meta.db_table, key)
        limits = [part for part in rows.query.where.children if getattr(part, "lhs", None) == key.cached_col]
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


def update_each(connection, model, columns, rows, size=100):
    """UPDATE model SET columns to what each of the rows, which are instances, holds in them."""
    fields = [model._meta.get_field(name) for name in columns]
    keys = model._meta.pk_fields
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    same = " AND ".join(f"{quote(field.column)} = %s" for field in keys)

    def saved(row, fields):
        return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]

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
            params = [value for field in fields for row in some for value in saved(row, (*keys, field))]
            params += [value for row in some for value in saved(row, keys)]
            where = " OR ".join([f"({same})"] * len(some))
            cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}", params)


def are_there(queryset, rows, key, size=100):
    """Yield for each of rows, which are dicts, whether its key is there: what is equal is for the database to say."""
    for start in range(0, len(rows), size):
        found = [
            queryset.filter(**{name: row[name] for name in key}).order_by().values_list(Value(number))
            for number, row in enumerate(rows[start : start + size])
        ]
        there = {number for (number,) in found[0].union(*found[1:])}
        yield from (number in there for number in range(len(found)))


def keep_old(connection, kept, rows):
    """Save rows in their side table, but those that it has: in a second run they are not the old ones."""
    names = [field.attname for field in kept._meta.concrete_fields]
    key = {field.attname: OuterRef(field.attname) for field in kept._meta.pk_fields}
    there = kept._base_manager.using(connection.alias).filter(**key)
    insert_select(connection, kept, {name: name for name in names}, rows.exclude(Exists(there)))


def keep_tree(connection, kept, rows, keys):
    """Save the rows that point at saved ones, and those that point at them: keys are columns by foreign key."""
    saved = kept._base_manager.using(connection.alias)
    before = None
    while before != (before := saved.count()):
        for name, column in keys.items():
            keep_old(connection, kept, rows.filter(**{f"{name}__in": saved.values(column)}))


def check_kept(connection, kept, step):
    """Stop where there is no side table: a migration that was only faked has not made it."""
    if kept._meta.db_table not in connection.introspection.table_names():
        raise RuntimeError(f"{step}: what it kept is not there, in table {kept._meta.db_table}")


def record_applied(connection, app_label, name):
    """Record the migration with what it writes: on MySQL, Django does so after the commit."""
    if connection.vendor == "mysql":
        MigrationRecorder(connection).record_applied(app_label, name)


def record_unapplied(connection, app_label, name):
    """Record the reverse with what it writes: Django does so after the commit."""
    MigrationRecorder(connection).record_unapplied(app_label, name)


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


def repoint(queryset, name, kept, size=500):
    """Let a foreign key point at what is kept, where it points at what is not: kept is a dict of keys.

    To look the kept row up for each row that points there would take long.
    """
    field = queryset.model._meta.get_field(name)
    keys = list(kept)
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        cases = [When(**{name: key}, then=Value(kept[key], field.target_field)) for key in some]
        queryset.filter(**{f"{name}__in": some}).update(**{name: Case(*cases)})


# --- for the compiler ---

HELPERS = {
    function.__name__: function
    for function in (
        key_ranges,
        keep_old,
        keep_tree,
        check_kept,
        insert_select,
        update_select,
        update_from,
        update_each,
        are_there,
        repoint,
        record_applied,
        record_unapplied,
        reset_sequences,
        check_foreign_keys,
    )
}
# Helpers that others call.
NEEDS = {"keep_old": {"insert_select"}, "keep_tree": {"keep_old", "insert_select"}}
RECORDER = "from django.db.migrations.recorder import MigrationRecorder"
IMPORTS = {
    "key_ranges": {"import logging", "import time", "from django.db import connections"},
    "are_there": {"from django.db.models import Value"},
    "repoint": {"from django.db.models import Case, Value, When"},
    "keep_old": {"from django.db.models import Exists, OuterRef"},
    "update_select": {"from django.db.models import F"},
    "record_applied": {RECORDER},
    "record_unapplied": {RECORDER},
    "reset_sequences": {"from django.core.management.color import no_style"},
}
CONSTANTS = {
    "key_ranges": ("logger = logging.getLogger(__name__)", f"BATCH_SIZE = {BATCH_SIZE:_}"),
}


def with_needs(names: Collection[str]) -> frozenset[str]:
    """Add the helpers that these call."""
    return frozenset(names).union(*(NEEDS.get(name, ()) for name in names))


def helper_sources(names: Collection[str]) -> tuple[list[str], set[str]]:
    """Give the source of each helper, in the order in which they stand here, and the imports that they need."""
    chosen = [name for name in HELPERS if name in names]
    imports = {line for name in chosen for line in IMPORTS.get(name, ())}
    return [inspect.getsource(HELPERS[name]) for name in chosen], imports


def helper_constants(names: Collection[str]) -> list[str]:
    """Give the module-level lines that helpers need."""
    return [line for name in HELPERS if name in names for line in CONSTANTS.get(name, ())]
