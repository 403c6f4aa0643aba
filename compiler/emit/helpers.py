# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""Functions that generated files carry: their source is copied as it stands here, with what it needs."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Collection

from django.core.management.color import no_style

BATCH_SIZE = 10_000

logger = logging.getLogger(__name__)


def key_ranges(queryset, size=BATCH_SIZE):
    """Yield the rows of queryset in ranges of keys, up to the last that is there now."""
    keys = queryset.order_by("pk").values_list("pk", flat=True)
    last = keys.last()
    low = None
    while last is not None and low != last:
        rest = keys if low is None else keys.filter(pk__gt=low)
        high = next(iter(rest.filter(pk__lte=last)[size - 1 : size]), last)
        page = queryset.filter(pk__lte=high)
        yield page if low is None else page.filter(pk__gt=low)
        logger.info("%s: done up to %s", queryset.model._meta.label, high)
        low = high


def insert_select(connection, model, columns, rows):
    """INSERT INTO model (columns) SELECT fields or expressions FROM rows."""
    select, params = rows.order_by().values_list(*columns.values()).query.get_compiler(connection.alias).as_sql()
    quote = connection.ops.quote_name
    into = ", ".join(quote(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({into}) {select}", params)


def reset_sequences(connection, model):
    """Let the database number new rows after the keys that were written here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


def check_foreign_keys(connection, *models):
    """Find keys that point nowhere: SQLite does not look for them in migrations."""
    if connection.vendor == "sqlite":
        connection.check_constraints([model._meta.db_table for model in models] or None)


# --- for the compiler ---

HELPERS = {function.__name__: function for function in (key_ranges, insert_select, reset_sequences, check_foreign_keys)}
IMPORTS = {
    "key_ranges": {"import logging"},
    "reset_sequences": {"from django.core.management.color import no_style"},
}
CONSTANTS = {
    "key_ranges": ("logger = logging.getLogger(__name__)", f"BATCH_SIZE = {BATCH_SIZE:_}"),
}


def helper_sources(names: Collection[str]) -> tuple[list[str], set[str]]:
    """Give the source of each helper, in the order in which they stand here, and the imports that they need."""
    chosen = [name for name in HELPERS if name in names]
    imports = {line for name in chosen for line in IMPORTS.get(name, ())}
    return [inspect.getsource(HELPERS[name]) for name in chosen], imports


def helper_constants(names: Collection[str]) -> list[str]:
    """Give the module-level lines that helpers need."""
    return [line for name in HELPERS if name in names for line in CONSTANTS.get(name, ())]
