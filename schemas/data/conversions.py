"""Conversion of a column into another type: `{convert: pages_text, invalid: null}`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.db.migrations.state import ModelState
from pydantic import BeforeValidator, Field

from migspec.schemas.data import rows
from migspec.schemas.data.forms import LiteralPart, null_policy
from migspec.schemas.data.literals import kind_of, read_literal
from migspec.schemas.data.paths import AnyField
from migspec.schemas.errors.pasting import line_hint, value_hint
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

Failure = Annotated[
    Literal["error", "null"] | LiteralPart,
    BeforeValidator(null_policy, json_schema_input_type=Literal["error", "null"] | LiteralPart | None),
]


class ConvertPart(Part):
    """The value of another column, as the field of this one reads it: text becomes a number, a date, a UUID, JSON."""

    convert: Annotated[str, Field(description="The column of the row that is converted.", min_length=1)]
    invalid: Annotated[
        Failure,
        Field(description="What becomes of values that the field refuses: error (the default), null or {value}."),
    ] = "error"
    nulls: Annotated[Failure, Field(description="What becomes of NULL: null (the default), error or {value}.")] = "null"


def converted(
    field: AnyField,
    part: ConvertPart,
    model: ModelState | None,
    of: Literal["row", "source"],
    scope: Scope,
    *at: str | int,
) -> rows.Converted:
    """Give what the value means; E303 for a column that is not there, E307 for NULL where the column takes none."""
    assert model is not None
    found = scope.column(model, part.convert, *at, "convert")
    given, of_json = part.model_fields_set, kind_of(found, scope) == "JSON"
    if of_json and kind_of(field, scope) == "JSON":
        message, hint = f"'{part.convert}' is JSON already", value_hint({"field": part.convert})
        raise scope.error("E307", message, *at, "convert", hint=hint)
    if part.nulls == "null" and found.null and not field.null:
        message = f"'{part.convert}' may be NULL, and '{field.attname}' is NOT NULL"
        where = (*at, "nulls") if "nulls" in given else (*at, "convert")
        raise scope.error("E307", message, *where, hint=line_hint("nulls", "error", "say what becomes of NULL: add"))
    invalid = _policy(part.invalid, field, scope, *at, "invalid")
    nulls: Any = _policy(part.nulls, field, scope, *at, "nulls") if found.null else "null"
    return rows.Converted(rows.Column(found.attname, of), invalid, nulls, of_json)


def _policy(policy: Any, field: AnyField, scope: Scope, *at: str | int) -> Any:
    if isinstance(policy, LiteralPart):
        return rows.Constant(read_literal(field, policy.value, scope, *at, "value"))
    if policy == "null":
        read_literal(field, None, scope, *at)
    return policy
