"""The values of `set:` and `rows:`: a bare scalar is a literal, everything else says what it is by its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from django.db.migrations.state import ModelState
from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from migspec.schemas import rows
from migspec.schemas.collect import Collected
from migspec.schemas.complaint import complaint
from migspec.schemas.computed import ExpressionPart, lower_expression
from migspec.schemas.literals import kind_of, read_key, read_literal
from migspec.schemas.pasting import line_hint, value_hint
from migspec.schemas.paths import AnyField, is_never_null
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

# --- forms ---


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


class MapPart(Part):
    """One of several values, by the value of a column."""

    map: Annotated[dict[str, ConstantValue], Field(description="Old values and the new ones.", min_length=1)]
    field: Annotated[str | None, Field(description="The column of the row that is mapped.", min_length=1)] = None
    source: Annotated[str | None, Field(description="The column of the source row that is mapped.", min_length=1)] = (
        None
    )
    unmatched: Annotated[Policy, Field(description="What becomes of other values.")] = "error"
    nulls: Annotated[Policy, Field(description="What becomes of NULL.")] = "error"


FORMS = ("map", "value", "field", "source", "expr")  # a map has a field or a source too


def form(value: Any, forms: Sequence[str]) -> str | None:
    """Tell the forms of a value apart, by the key that makes the form or one that is nearly spelled like it."""
    if isinstance(value, Part):
        return next((name for name in forms if name in type(value).model_fields), "literal")
    if not isinstance(value, dict):
        return "literal"
    named = next((name for name in forms if name in value), None)
    if named is None:
        meant = (get_close_matches(key, forms, n=1, cutoff=0.6) for key in value)
        named = next((names[0] for names in meant if names), None)
    return named


def form_of_value(value: Any) -> str | None:
    return form(value, FORMS)


SetValue = Annotated[
    Annotated[Scalar, Tag("literal")]
    | Annotated[LiteralPart, Tag("value")]
    | Annotated[FieldPart, Tag("field")]
    | Annotated[SourcePart, Tag("source")]
    | Annotated[MapPart, Tag("map")]
    | Annotated[ExpressionPart, Tag("expr")],
    Discriminator(
        form_of_value,
        custom_error_type="E204",
        custom_error_message="a value is a literal, {value}, {field}, {source}, {map} or {expr}",
    ),
]
SetMapping = Annotated[dict[str, SetValue], Field(min_length=1)]

# --- meaning ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Where values are read: the rows that they may name, at a step's place.

    In copy_rows the row is the source row, so there `own` is None and {field} means the same as {source}.
    """

    scope: Scope
    own: ModelState | None
    source: ModelState | None = None

    def value(self, field: AnyField, value: Any, *at: str | int) -> rows.Value:
        """Give what a value of `set` or `rows` means for a column; SpecError where it means nothing or does not fit."""
        match value:
            case LiteralPart():
                return rows.Constant(read_literal(field, value.value, self.scope, *at, "value"))
            case FieldPart():
                return self.column(field, value.field, "field", *at, "field")
            case SourcePart():
                return self.column(field, value.source, "source", *at, "source")
            case MapPart():
                return self.mapped(field, value, *at)
            case ExpressionPart():
                model, of = self.rows_of(value)
                return lower_expression(field, value.expr, model, of, self.scope, *at, "expr")
        return rows.Constant(read_literal(field, value, self.scope, *at))

    def rows_of(self, value: ExpressionPart) -> tuple[ModelState | None, Literal["row", "source"]]:
        """Give the model whose rows an expression is computed over."""
        if self.own is None:
            return self.source, "source"
        return self.own, "row"

    def model(self, side: Literal["field", "source"], *at: str | int) -> tuple[ModelState, Literal["row", "source"]]:
        if side == "source" or self.own is None:
            if self.source is None:
                hint = line_hint("source", ..., "name the model, and how its rows match:")
                raise self.scope.error(
                    "E201", "there is no source row: the step has no 'source'", *at, hint=hint, key=True
                )
            return self.source, "source"
        return self.own, "row"

    def column(
        self, field: AnyField | None, path: str, side: Literal["field", "source"], *at: str | int
    ) -> rows.Column:
        """Give a column by its path; E307 where its values cannot stand in `field`."""
        model, of = self.model(side, *at)
        orm_path, found, _ = self.scope.column_path(model, path, *at)
        if field is not None:
            self.check_kinds(field, found, path, *at)
        return rows.Column(orm_path, of)

    def check_kinds(self, field: AnyField, found: AnyField, path: str, *at: str | int) -> None:
        """E307 where a column's values are of another kind than the one that they are for."""
        wanted, given = kind_of(field, self.scope), kind_of(found, self.scope)
        if wanted and given and wanted != given and (given, wanted) not in WIDER:
            message = f"'{field.attname}' holds {PLURAL[wanted]}, and '{path}' holds {PLURAL[given]}"
            cast = f"Cast('{path.replace('.', '__')}', models.{type(field).__name__}())"
            hint = value_hint({"expr": cast}, "convert it:")
            raise self.scope.error("E307", message, *at, hint=hint)

    def mapped(self, field: AnyField, value: MapPart, *at: str | int) -> rows.Mapped:
        if (value.field is None) == (value.source is None):
            message = "a map is about one column: 'field' or 'source'"
            code = "E201" if value.field is None else "E208"
            hint = line_hint("field", ...) if value.field is None else "leave one of the two out"
            raise self.scope.error(code, message, *at, "map", hint=hint, key=True)
        side: Literal["field", "source"] = "field" if value.source is None else "source"
        path = value.field if value.source is None else value.source
        assert path is not None
        model, of = self.model(side, *at, side)
        problems = Collected()
        orm_path, about = path, None
        with problems.catching():
            orm_path, about, _ = self.scope.column_path(model, path, *at, side)
        pairs: list[tuple[Any, Any]] = []
        for key, new in value.map.items():
            new_value = None
            with problems.catching():
                new_value = self.constant(field, new, *at, "map", key)
            with problems.catching():
                if about is not None:
                    pairs.append((self.old_value(about, key, pairs, *at, "map", key), new_value))
        policies: dict[str, Any] = {}
        for name, policy in (("unmatched", value.unmatched), ("nulls", value.nulls)):
            with problems.catching():
                policies[name] = self.policy(field, policy, *at, name)
        problems.throw()
        if is_never_null(self.scope.state, model, orm_path):
            policies["nulls"] = policies["unmatched"]  # so that nothing is said about values that cannot be there
        return rows.Mapped(rows.Column(orm_path, of), tuple(pairs), policies["unmatched"], policies["nulls"])

    def old_value(self, about: AnyField, key: str, pairs: list[tuple[Any, Any]], *at: str | int) -> Any:
        """Read a key of a map; E104 for a value that stands there already."""
        old = read_key(about, key, self.scope, *at)
        if any(old == known and type(old) is type(known) for known, _ in pairs):
            raise self.scope.error("E104", f"the value {key} stands twice in the map", *at, key=True)
        return old

    def policy(self, field: AnyField, policy: str | LiteralPart, *at: str | int) -> Any:
        """Give what becomes of values that a map does not name."""
        if isinstance(policy, LiteralPart):
            return rows.Constant(read_literal(field, policy.value, self.scope, *at, "value"))
        if policy == "null":
            read_literal(field, None, self.scope, *at)
        if policy == "keep" and self.own is None:
            raise self.scope.error(
                "E307", "a new row has nothing to keep", *at, hint=value_hint({"value": ...}, "write error, null or")
            )
        return policy

    def constant(self, field: AnyField, value: Any, *at: str | int) -> Any:
        """Give the Python value of a constant; E307 for an expression that is none."""
        found = self.value(field, value, *at)
        if isinstance(found, rows.Constant):
            return found.value
        raise self.scope.error("E307", "a map gives constants, and this is computed", *at)


# Kinds whose values stand in a column of another kind as they are, on every database.
WIDER = {
    ("whole number", "decimal"),
    ("whole number", "number"),
    ("decimal", "number"),
    ("IP address", "text"),
}
PLURAL = {
    "whole number": "whole numbers",
    "decimal": "decimal numbers",
    "number": "floating-point numbers",
    "boolean": "true or false",
    "text": "text",
    "date": "dates",
    "date and time": "dates with times",
    "time": "times of day",
    "duration": "durations",
    "UUID": "UUIDs",
    "JSON": "JSON",
    "binary": "bytes",
    "IP address": "IP addresses",
}
