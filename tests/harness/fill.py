"""Rows for tests: what a row does not name gets a value that its column takes."""

from __future__ import annotations

import itertools
from typing import Any

from django.core.management.color import no_style
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from migspec.compiler.verify.fill import value_for as valid_value

_numbers = itertools.count(1)


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
    if isinstance(field, models.ForeignKey):
        related = field.remote_field.model
        key = insert(connection, related, [{}])[0]
        return (
            related._base_manager.using(connection.alias).values_list(field.target_field.attname, flat=True).get(pk=key)
        )
    return valid_value(field, next(_numbers))
