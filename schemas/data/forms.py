"""The forms of values that other forms are made of: literals, columns, constants and policies."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from migspec.schemas.errors.complaint import complaint
from migspec.schemas.errors.pasting import value_hint
from migspec.schemas.python.computed import ExpressionPart
from migspec.schemas.step import Part


def scalar(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    what = "a list" if isinstance(value, list) else "a mapping"
    raise complaint(
        "E204", f"{what} is not a bare value", hint=value_hint({"value": ...}, "a literal of any shape is written")
    )


Scalar = Annotated[
    Any,
    PlainValidator(scalar),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"], "title": "Literal"}),
]


class LiteralPart(Part):
    """A literal of any shape."""

    value: Annotated[Any, Field(description="The literal, read by the column that it is for.")]


class FieldPart(Part):
    """The value of another column of the row."""

    field: Annotated[
        str, Field(description="A column of the row; dots walk foreign keys: address.city_id.", min_length=1)
    ]


class SourcePart(Part):
    """The value of a column of the source row."""

    source: Annotated[str, Field(description="A column of the source row; dots walk foreign keys.", min_length=1)]


def null_policy(value: Any) -> Any:
    """YAML reads a bare null as no value; TOML has only the word."""
    return "null" if value is None else value


Policy = Annotated[
    Literal["error", "keep", "null"] | LiteralPart,
    BeforeValidator(null_policy, json_schema_input_type=Literal["error", "keep", "null"] | LiteralPart | None),
]


def form_of_constant(value: Any) -> str | None:
    return form(value, ("value", "expr"))


ConstantValue = Annotated[
    Annotated[Scalar, Tag("literal")] | Annotated[LiteralPart, Tag("value")] | Annotated[ExpressionPart, Tag("expr")],
    Discriminator(
        form_of_constant,
        custom_error_type="E204",
        custom_error_message="here stands a literal, {value: ...} or {expr: ...}",
    ),
]

Row = Annotated[dict[str, ConstantValue], Field(min_length=1)]


def form(value: Any, forms: Sequence[str]) -> str | None:
    """Tell the forms of a value apart, by the key that makes the form or one that is nearly spelled like it."""
    if isinstance(value, Part):
        names = {field.alias or name for name, field in type(value).model_fields.items()}
        return next((name for name in forms if name in names), "literal")
    if not isinstance(value, dict):
        return "literal"
    named = next((name for name in forms if name in value), None)
    if named is None:
        meant = (get_close_matches(key, forms, n=1, cutoff=0.6) for key in value)
        named = next((names[0] for names in meant if names), None)
    return named
