"""The values of `set:` and `rows:`: a bare scalar is a literal, everything else says what it is by its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from django.db.migrations.state import ModelState
from pydantic import Discriminator, Field, Tag

from migspec.schemas.data import rows
from migspec.schemas.data.conversions import ConvertPart, converted
from migspec.schemas.data.equality import same
from migspec.schemas.data.forms import (
    ConstantValue,
    FieldPart,
    LiteralPart,
    Policy,
    Scalar,
    SourcePart,
    form,
)
from migspec.schemas.data.functions import PythonPart, python_value
from migspec.schemas.data.get import GetPart, got
from migspec.schemas.data.json_changes import JsonPart, reshaped
from migspec.schemas.data.literals import PLURAL, kind_of, read_key, read_literal
from migspec.schemas.data.numbering import RowNumberPart, numbered
from migspec.schemas.data.paths import AnyField, is_never_null
from migspec.schemas.data.related import ExistsPart, existence
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.pasting import line_hint, value_hint
from migspec.schemas.python.computed import ExpressionPart, lower_expression
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

# --- forms ---


class MapPart(Part):
    """One of several values, by the value of a column."""

    map: Annotated[dict[str, ConstantValue], Field(description="Old values and the new ones.", min_length=1)]
    field: Annotated[str | None, Field(description="The column of the row that is mapped.", min_length=1)] = None
    source: Annotated[str | None, Field(description="The column of the source row that is mapped.", min_length=1)] = (
        None
    )
    unmatched: Annotated[Policy, Field(description="What becomes of other values.")] = "error"
    nulls: Annotated[Policy, Field(description="What becomes of NULL.")] = "error"


class JointMapPart(Part):
    """One of several values, by the values of several columns: a table whose last column is the new value."""

    map: Annotated[
        list[list[ConstantValue]],
        Field(description="Rows of old values, in the order of the columns, and the new value.", min_length=1),
    ]
    fields: Annotated[list[str] | None, Field(description="The columns of the row that are mapped.", min_length=2)] = (
        None
    )
    sources: Annotated[
        list[str] | None, Field(description="The columns of the source row that are mapped.", min_length=2)
    ] = None
    unmatched: Annotated[Policy, Field(description="What becomes of other values, and of NULL.")] = "error"


# What a value is said by; a map has a field or a source too.
FORMS = ("map", "value", "row_number", "convert", "json", "exists", "python", "field", "source", "get", "expr")


def form_of_value(value: Any) -> str | None:
    found = form(value, FORMS)
    if found == "map" and (isinstance(value, JointMapPart) or is_table(value)):
        return "joint map"
    return found


def is_table(value: Any) -> bool:
    return isinstance(value, dict) and (
        isinstance(value.get("map"), list) or not {"fields", "sources"}.isdisjoint(value)
    )


SetValue = Annotated[
    Annotated[Scalar, Tag("literal")]
    | Annotated[LiteralPart, Tag("value")]
    | Annotated[FieldPart, Tag("field")]
    | Annotated[SourcePart, Tag("source")]
    | Annotated[MapPart, Tag("map")]
    | Annotated[JointMapPart, Tag("joint map")]
    | Annotated[GetPart, Tag("get")]
    | Annotated[ExistsPart, Tag("exists")]
    | Annotated[RowNumberPart, Tag("row_number")]
    | Annotated[ConvertPart, Tag("convert")]
    | Annotated[JsonPart, Tag("json")]
    | Annotated[PythonPart, Tag("python")]
    | Annotated[ExpressionPart, Tag("expr")],
    Discriminator(
        form_of_value,
        custom_error_type="E204",
        custom_error_message="a value is a literal, {value}, {field}, {source}, {map}, {expr}, {get}, {exists},"
        " {row_number}, {convert}, {json} or {python}",
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
            case JointMapPart():
                return self.jointly_mapped(field, value, *at)
            case ExpressionPart():
                model, of = self.rows_of()
                return lower_expression(field, value.expr, model, of, self.scope, *at, "expr")
            case GetPart():
                return got(field, value, self.scope, *at)
            case ExistsPart():
                return existence(field, value, *self.rows_of(), self.scope, *at)
            case RowNumberPart():
                return numbered(field, value, *self.rows_of(), self.scope, *at)
            case ConvertPart():
                return converted(field, value, *self.rows_of(), self.scope, *at)
            case JsonPart():
                return reshaped(field, value, *self.rows_of(), self.scope, *at)
            case PythonPart():
                return python_value(value, *self.rows_of(), self.scope, *at)
        return rows.Constant(read_literal(field, value, self.scope, *at))

    def rows_of(self) -> tuple[ModelState | None, Literal["row", "source"]]:
        """Give the model whose rows a value is computed over."""
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
            self.check_kinds(field, found, path, of, *at)
        return rows.Column(orm_path, of)

    def check_kinds(
        self, field: AnyField, found: AnyField, path: str, of: Literal["row", "source"], *at: str | int
    ) -> None:
        """E307 where a column's values are of another kind than the one that they are for."""
        wanted, given = kind_of(field, self.scope), kind_of(found, self.scope)
        if wanted and given and wanted != given and (given, wanted) not in WIDER:
            message = f"'{field.attname}' holds {PLURAL[wanted]}, and '{path}' holds {PLURAL[given]}"
            if self.own is None or of == "row":
                cast = f"Cast('{path.replace('.', '__')}', models.{type(field).__name__}())"
                hint = value_hint({"expr": cast}, "convert it:")
            else:
                hint = f"{{expr}} reads the rows of {self.own.name}: convert it into a column of the source row first"
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
            if "nulls" in value.model_fields_set:
                message = f"'nulls' says what becomes of NULL, and '{path}' is never NULL"
                raise self.scope.error("E208", message, *at, "nulls", hint="leave 'nulls' out", key=True)
            policies["nulls"] = policies["unmatched"]  # so that nothing is said about values that cannot be there
        return rows.Mapped(rows.Column(orm_path, of), tuple(pairs), policies["unmatched"], policies["nulls"])

    def jointly_mapped(self, field: AnyField, value: JointMapPart, *at: str | int) -> rows.JointlyMapped:
        if (value.fields is None) == (value.sources is None):
            message = "a map of several columns names them: 'fields' or 'sources'"
            code = "E201" if value.fields is None else "E208"
            hint = line_hint("fields", [...]) if value.fields is None else "leave one of the two out"
            raise self.scope.error(code, message, *at, "map", hint=hint, key=True)
        side: Literal["field", "source"] = "field" if value.sources is None else "source"
        names = value.fields or value.sources or []
        model, of = self.model(side, *at, f"{side}s")
        problems = Collected()
        columns: list[tuple[str, AnyField]] = []
        for index, name in enumerate(names):
            with problems.catching():
                path, about, _ = self.scope.column_path(model, name, *at, f"{side}s", index)
                if path in (known for known, _ in columns):
                    raise self.scope.error("E104", f"'{name}' stands twice", *at, f"{side}s", index)
                columns.append((path, about))
        problems.throw()
        pairs: list[tuple[tuple[Any, ...], Any]] = []
        for number, row in enumerate(value.map):
            with problems.catching():
                pairs.append(self.joint_pair(field, row, columns, pairs, *at, "map", number))
        unmatched: Any = "error"
        with problems.catching():
            unmatched = self.policy(field, value.unmatched, *at, "unmatched")
        problems.throw()
        return rows.JointlyMapped(tuple(rows.Column(path, of) for path, _ in columns), tuple(pairs), unmatched)

    def joint_pair(
        self,
        field: AnyField,
        row: Sequence[Any],
        columns: Sequence[tuple[str, AnyField]],
        pairs: Sequence[tuple[tuple[Any, ...], Any]],
        *at: str | int,
    ) -> tuple[tuple[Any, ...], Any]:
        """Read a row of a table; E104 for values that stand there already."""
        if len(row) != len(columns) + 1:
            message = f"a row has {len(columns)} old values and the new one, and this one has {len(row)} values"
            raise self.scope.error("E307", message, *at)
        new = self.constant(field, row[-1], *at, len(columns))
        old = tuple(
            None if item is None else self.constant(about, item, *at, index)
            for index, (item, (_, about)) in enumerate(zip(row, columns, strict=False))
        )
        if any(old == known and list(map(type, old)) == list(map(type, known)) for known, _ in pairs):
            raise self.scope.error("E104", "these old values stand twice in the map", *at)
        self.check_told_apart([about for _, about in columns], old, [known for known, _ in pairs], *at)
        return old, new

    def check_told_apart(
        self, about: Sequence[AnyField], old: tuple[Any, ...], known: Sequence[tuple[Any, ...]], *at: str | int
    ) -> None:
        """E104 for values that a declared database takes to be others that stand there already."""
        if "mysql" not in self.scope.vendors or any(getattr(field, "db_collation", None) for field in about):
            return
        other = next((one for one in known if all(map(same, old, one))), None)
        if other is not None:
            message = f"MySQL and MariaDB take {', '.join(map(repr, old))} to be {', '.join(map(repr, other))}"
            raise self.scope.error("E104", message, *at, hint="leave one of the two out")

    def old_value(self, about: AnyField, key: str, pairs: list[tuple[Any, Any]], *at: str | int) -> Any:
        """Read a key of a map; E104 for a value that stands there already."""
        old = read_key(about, key, self.scope, *at)
        if any(old == known and type(old) is type(known) for known, _ in pairs):
            raise self.scope.error("E104", f"the value {key} stands twice in the map", *at, key=True)
        other = next((known for known, _ in pairs if same(old, known)), None) if isinstance(old, str) else None
        if other is not None and "mysql" in self.scope.vendors and not getattr(about, "db_collation", None):
            message = f"MySQL and MariaDB take {key!r} to be {other!r}, which stands in the map too"
            hint = "leave one of them out, or give the column a db_collation that tells them apart"
            raise self.scope.error("E104", message, *at, key=True, hint=hint)
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
