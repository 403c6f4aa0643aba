"""Rows for tests: what a row does not name gets a value that its column takes."""

from __future__ import annotations

import datetime
import decimal
import itertools
import uuid
from typing import Any

from django.core.management.color import no_style
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

_numbers = itertools.count(1)

START = datetime.date(2020, 1, 1)


def insert(connection: BaseDatabaseWrapper, model: type[models.Model], rows: list[dict[str, Any]]) -> list[Any]:
    """Insert rows as they are, and give their keys; NOT NULL columns without a default get a value if not named."""
    instances = []
    for row in rows:
        instance = model(**{**_missing(connection, model, row), **row})
        # Raw: a row says what its table holds, so auto_now and the tables of parents are left alone.
        instance.save_base(raw=not model._meta.parents, force_insert=True, using=connection.alias)
        instances.append(instance)
        # A given key leaves the sequence behind, which in a database that has lived it is not.
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(statement)
    return [instance.pk for instance in instances]


def _missing(connection: BaseDatabaseWrapper, model: type[models.Model], row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        named = field.name in row or field.attname in row or (field.primary_key and "pk" in row)
        has_value = field.null or field.has_default() or field.has_db_default() or field.generated
        if not named and not has_value and not isinstance(field, models.AutoField):
            found[field.attname] = value_for(connection, field)
    return found


def value_for(connection: BaseDatabaseWrapper, field: models.Field[Any, Any]) -> Any:
    """Give a value that the column takes and that no other row has, as far as its type allows."""
    number = next(_numbers)
    if isinstance(field, models.ForeignKey):
        related = field.remote_field.model
        key = insert(connection, related, [{}])[0]
        return (
            related._base_manager.using(connection.alias).values_list(field.target_field.attname, flat=True).get(pk=key)
        )
    if field.choices:
        return field.flatchoices[0][0]
    if isinstance(field, models.EmailField):
        return f"name{number}@example.org"
    if isinstance(field, models.URLField):
        return f"https://example.org/{number}"
    kind = field.get_internal_type()
    match kind:
        case "BooleanField":
            return False
        case "DateField":
            return START + datetime.timedelta(days=number)
        case "DateTimeField":
            return datetime.datetime.combine(START, datetime.time(), datetime.UTC) + datetime.timedelta(minutes=number)
        case "TimeField":
            return datetime.time(number // 3600 % 24, number // 60 % 60, number % 60)
        case "DurationField":
            return datetime.timedelta(seconds=number)
        case "DecimalField":
            return decimal.Decimal(number % 10 ** (field.max_digits - field.decimal_places))
        case "FloatField":
            return float(number)
        case "UUIDField":
            return uuid.uuid4()
        case "JSONField":
            return {}
        case "BinaryField":
            return str(number).encode()
        case "GenericIPAddressField":
            return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        case "SmallIntegerField" | "PositiveSmallIntegerField":
            return number % 32_768
    if kind.endswith("IntegerField"):
        return number
    text = f"{field.name} {number}" if kind in ("CharField", "TextField") else f"{field.name}-{number}"
    return text if not field.max_length or len(text) <= field.max_length else str(number)[-field.max_length :]
