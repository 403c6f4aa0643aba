"""What is in the state, written as a spec writes it."""

from __future__ import annotations

from typing import Any

from django.db.migrations.state import ModelState
from django.db.models import Field

from migspec.compiler.spelling import fields
from migspec.schemas.data.paths import AnyField
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope

# Arguments that the database does not know, but for those that a field cannot do without.
NOT_KEPT = {*Field.non_db_attrs, "auto_created", "serialize"} - {"db_column", "on_delete"}


def column_data(field: AnyField, scope: Scope, **changed: Any) -> Any:
    """Give what the database knows of a field."""
    bare = field.clone()
    _, _, args, kwargs = bare.deconstruct()
    return field_data(type(bare)(*args, **{key: kwargs[key] for key in kwargs.keys() - NOT_KEPT}), scope, **changed)


def field_data(field: AnyField, scope: Scope, **changed: Any) -> Any:
    """Give a field as a mapping with arguments changed; as a string as in models.py where a mapping cannot say it."""
    unbound = field.clone()
    if "null" in changed:
        unbound.null = changed["null"]
    return fields.field_data(unbound, scope)


def as_call(field: AnyField) -> str:
    return fields.field_call(field)


def element(scope: Scope, model: ModelState, name: str) -> str:
    return f"{shown(scope, model)}.{name}"
