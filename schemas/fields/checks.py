"""Django's system checks of a field that need neither its model nor a database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import VERSION
from django.core import checks
from django.db import models
from django.db.models.fields.related import RelatedField

from migspec.schemas.data.paths import AnyField
from migspec.schemas.scope import Scope

# The methods of Field.check() that look only at the field's own arguments, and the argument that each is about.
# Those that are not here ask for the model, for other models or for the connection, or only warn.
CHECKS = {
    "_check_allowing_files_or_folders": "allow_files",
    "_check_blank_and_null_values": "blank",
    "_check_choices": "choices",
    "_check_db_index": "db_index",
    "_check_deprecation_details": "",
    "_check_mutually_exclusive_options": "auto_now",
    "_check_primary_key": "primary_key",
    "_check_str_default_value": "default",
    "_check_upload_to": "upload_to",
    "_check_validators": "validators",
}
# Django's hints speak of models.py, or are not there.
HINTS = {
    "fields.E100": "add 'primary_key: true'",
    "fields.E150": "add 'nullable: true'",
    "fields.E160": "keep one of auto_now, auto_now_add and default",
}
# Databases that have numbers of any precision, from Django 6.1.
NO_PRECISION = frozenset({"oracle", "postgresql", "sqlite"})
# Databases on which text without a length is a type of its own.
UNLIMITED = frozenset({"postgresql", "sqlite"})


def static_errors(field: AnyField, scope: Scope) -> Iterator[tuple[str, str, str]]:
    """Give message, hint and argument for each thing about the field that Django would refuse."""
    for method, name in CHECKS.items():
        check = getattr(field, method, None)
        if check is not None:
            for found in errors_of(check):
                yield one_line(found.msg), HINTS.get(str(found.id)) or one_line(found.hint or ""), name
    try:
        yield from own_errors(field, scope)
    except (AttributeError, TypeError):  # an expression may give anything
        yield "one of the arguments has a value of the wrong type", "", ""


def errors_of(check: Any) -> list[checks.CheckMessage]:
    try:
        return [found for found in check() if found.is_serious()]
    except Exception:  # it asks for something that a field without a model does not have
        return []


def own_errors(field: AnyField, scope: Scope) -> Iterator[tuple[str, str, str]]:
    """What Django checks too, but only with the model or the connection at hand."""
    if field.primary_key and field.null:
        yield "a primary key cannot be NULL", "leave out 'nullable'", "null"
    if isinstance(field, models.CharField):
        yield from length_errors(field, scope)
    if isinstance(field, models.DecimalField):
        yield from decimal_errors(field, scope)
    if isinstance(field, RelatedField):
        yield from relation_errors(field)
    if isinstance(field, models.ManyToManyField) and field.unique:
        yield "a ManyToManyField cannot be unique", "leave out 'unique'", "unique"
    # The items of ranges are of Django's making.
    nested = {"base_field": getattr(field, "base_field", None) if hasattr(field, "size") else None}
    nested["output_field"] = getattr(field, "output_field", None)
    if isinstance(nested["base_field"], RelatedField):
        yield "an array cannot hold relations", "use a ManyToManyField", "base_field"
    for name, inner in nested.items():
        if isinstance(inner, models.Field) and not isinstance(inner, RelatedField):
            for message, hint, _ in static_errors(inner, scope):
                yield f"{message} ({name})", hint, name


def length_errors(field: AnyField, scope: Scope) -> Iterator[tuple[str, str, str]]:
    length: Any = field.max_length
    if length is None:
        others = sorted(scope.vendors - UNLIMITED)
        if others:
            said = f"a {type(field).__name__} without 'max_length' is for PostgreSQL and SQLite"
            message = f"{said}, and the project declares {' and '.join(others)}"
            yield message, "add 'max_length: 255'", ""
    elif not isinstance(length, int) or isinstance(length, bool) or length <= 0:
        yield "'max_length' must be a positive whole number", "", "max_length"


def decimal_errors(field: models.DecimalField[Any, Any], scope: Scope) -> Iterator[tuple[str, str, str]]:
    digits: Any = field.max_digits
    places: Any = field.decimal_places
    if digits is None and places is None and VERSION >= (6, 1) and scope.vendors <= NO_PRECISION:
        return
    missing = {"max_digits: 10": digits is None, "decimal_places: 2": places is None}
    hint = " and ".join(f"'{key}'" for key, is_missing in missing.items() if is_missing)
    if hint:
        yield "a DecimalField needs 'max_digits' and 'decimal_places'", f"add {hint}", ""
    elif digits <= 0 or places < 0:
        name = "max_digits" if digits <= 0 else "decimal_places"
        yield f"'{name}' must be a {'positive' if digits <= 0 else 'non-negative'} whole number", "", name
    elif places > digits:
        yield f"'max_digits' counts all digits, and {places} of them stand behind the point", "", "max_digits"


def relation_errors(field: RelatedField[Any, Any]) -> Iterator[tuple[str, str, str]]:
    on_delete = getattr(getattr(field.remote_field, "on_delete", None), "__name__", "")
    if on_delete in ("SET_NULL", "DB_SET_NULL") and not field.null:
        hint = "add 'nullable: true', or write another 'on_delete'"
        yield f"on_delete {on_delete} needs a column that may be NULL", hint, "on_delete"
    for rule, argument in (("SET_DEFAULT", "default"), ("DB_SET_DEFAULT", "db_default")):
        if on_delete == rule and getattr(field, argument, models.NOT_PROVIDED) is models.NOT_PROVIDED:
            hint = f"add '{argument}: ...', or write another 'on_delete'"
            yield f"on_delete {rule} needs a default", hint, "on_delete"
    related_name = field.remote_field.related_name
    if related_name and not related_name.endswith("+") and "%" not in related_name and not related_name.isidentifier():
        yield f"'{related_name}' is not a name, and 'related_name' becomes an attribute", "", "related_name"
    query_name = field.remote_field.related_query_name or (related_name or "").rstrip("+")
    if query_name and (query_name.endswith("_") or "__" in query_name) and not (related_name or "").endswith("+"):
        argument = "related_query_name" if field.remote_field.related_query_name else "related_name"
        message = f"'{query_name}' holds two underscores or ends with one, which lookups cannot tell from their own"
        yield message, "", argument


def one_line(text: object) -> str:
    """Give a text of Django's on one line, without its full stop."""
    return " ".join(str(text).split()).removesuffix(".")
