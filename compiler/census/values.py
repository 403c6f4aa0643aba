"""Questions about the values of some rows: NULLs, values that stand twice, texts and numbers that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count as counting
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Length

from migspec.compiler.census.finding import FIRST, Finding, rows_of, shown
from migspec.compiler.terminal import plural

Rows = QuerySet[Any]
TEXTS = {"CharField", "SlugField", "FileField", "FilePathField"}


def free(rows: Rows, wanted: str) -> str:
    """Give a name for an annotation that nothing of the rows has."""
    taken = {name for field in rows.model._meta.get_fields() for name in (field.name, getattr(field, "attname", ""))}
    taken |= {*rows.query.annotations}
    names = (wanted if number == 1 else f"{wanted}_{number}" for number in counting(1))
    return next(name for name in names if name not in taken)


def keys_of(rows: Rows, *columns: str) -> list[str]:
    """Give the keys of the first rows, with the values of columns in parentheses."""
    key = rows.model._meta.pk
    name = getattr(key, "attname", "pk") if not isinstance(key, models.CompositePrimaryKey) else "key"
    found = []
    for pk, *values in rows.order_by("pk").values_list("pk", *columns)[:FIRST]:
        beside = f" ({', '.join(map(shown, values))})" if values else ""
        found.append(f"{name} {shown(pk)}{beside}")
    return found


def nulls(rows: Rows, column: str, label: str, hint: str = "") -> Iterator[Finding]:
    """E812 where a column that is to be NOT NULL holds NULL."""
    empty = rows.filter(**{f"{column}__isnull": True})
    if count := empty.count():
        yield Finding("E812", f"{label} is NULL in {rows_of(count)}", count, keys_of(empty), hint=hint)


def duplicates(rows: Rows, columns: Sequence[str], label: str, *, nulls_distinct: bool = True) -> Iterator[Finding]:
    """E813 where several rows agree in all of the columns, which are to be unique together."""
    if nulls_distinct:
        rows = rows.filter(**{f"{column}__isnull": False for column in columns})
    number = free(rows, "rows")
    repeated = rows.order_by().values(*columns).annotate(**{number: Count("*")}).filter(**{f"{number}__gt": 1})
    if count := repeated.count():
        first = repeated.order_by(*columns).values_list(*columns, number)[:FIRST]
        values = [f"{shown(value[0] if len(value) == 1 else value)} ({times} times)" for *value, times in first]
        several = "stands" if count == 1 else "stand"
        yield Finding("E813", f"{plural(count, 'value')} of {label} {several} in several rows", count, values)


def one_value(rows: Rows, label: str, value: Any) -> Iterator[Finding]:
    """E813 where all rows of a table get one value of a unique column."""
    if (count := rows.count()) > 1:
        yield Finding("E813", f"{label} would be {shown(value)} in all of {rows_of(count)}", count)


def misfits(rows: Rows, column: str, field: Any, label: str, connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    """E814 for texts that are longer than the field, and numbers beyond its range."""
    kind = field.get_internal_type()
    if kind in TEXTS and field.max_length is not None:
        yield from _too_long(rows, column, field.max_length, label, connection)
    elif kind in connection.ops.integer_field_ranges:
        yield from _beyond(rows, column, kind, label, connection)
    elif kind == "DecimalField" and field.max_digits is not None:
        limit = 10 ** (field.max_digits - (field.decimal_places or 0))
        wrong = rows.filter(Q(**{f"{column}__gte": limit}) | Q(**{f"{column}__lte": -limit}))
        if count := wrong.count():
            message = f"{label} has no room for the number in {rows_of(count)}"
            yield Finding("E814", message, count, keys_of(wrong, column), connection.vendor != "sqlite")


def _too_long(rows: Rows, column: str, most: int, label: str, connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    name = free(rows, "length")
    wrong = rows.annotate(**{name: Length(column)}).filter(**{f"{name}__gt": most})
    if not (count := wrong.count()):
        return
    kept = ", which SQLite keeps as they are" if connection.vendor == "sqlite" else ""
    strict = {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL"} & getattr(connection, "sql_mode", set())
    cut = ", which this server cuts off" if connection.vendor == "mysql" and not strict else ""
    message = f"{label} holds {plural(most, 'character')}, and {rows_of(count)} would have more{kept}{cut}"
    values = [f"{key[:-1]} characters)" for key in keys_of(wrong, name)]
    yield Finding("E814", message, count, values, fails=not (kept or cut))


def _beyond(rows: Rows, column: str, kind: str, label: str, connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    lite = connection.vendor == "sqlite"
    # SQLite has 64 bits for whatever is declared, and a check against negative numbers.
    ranges = BaseDatabaseOperations.integer_field_ranges[kind] if lite else connection.ops.integer_field_range(kind)
    low, high = ranges
    below = rows.filter(**{f"{column}__lt": low})
    wrong = rows.filter(Q(**{f"{column}__lt": low}) | Q(**{f"{column}__gt": high}))
    if count := wrong.count():
        kept = lite and not (low == 0 and below.exists())
        message = f"{label} is to be from {low} to {high}, and is not in {rows_of(count)}"
        message += ", which SQLite keeps as they are" if kept else ""
        yield Finding("E814", message, count, keys_of(wrong, column), fails=not kept)


def missing(rows: Rows, column: str, to: Any, key: str, label: str) -> Iterator[Finding]:
    """E816 where a foreign key points to no row."""
    there = to._base_manager.using(rows.db).filter(**{key: OuterRef(column)})
    wrong = rows.filter(**{f"{column}__isnull": False}).exclude(Exists(there))
    if count := wrong.count():
        message = f"{label} points to no {to._meta.object_name} in {rows_of(count)}"
        yield Finding("E816", message, count, keys_of(wrong, column))


def violating(rows: Rows, condition: Any, name: str) -> Iterator[Finding]:
    """E815 where rows do not hold to a check; to the database, an unknown answer is good enough."""
    sign = free(rows, "holds")
    holds = Coalesce(ExpressionWrapper(condition, BooleanField()), Value(True), output_field=BooleanField())
    wrong = rows.annotate(**{sign: holds}).filter(**{sign: False})
    if count := wrong.count():
        yield Finding("E815", f"the check '{name}' refuses {rows_of(count)}", count, keys_of(wrong))
