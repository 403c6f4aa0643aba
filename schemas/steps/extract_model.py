"""extract_model: a column becomes a model of its own, and rows point at the value that they held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from migspec.schemas.fields.field import FieldValue
from migspec.schemas.identifiers import Identifier
from migspec.schemas.names import ElementRef, ModelRef
from migspec.schemas.recipe import Recipe
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import Reverse


class ExtractModel(Recipe):
    """Turn a column into a foreign key: its distinct values become rows of another model, and the column goes.

    It stands for create_model, add_field, copy_rows, update_rows and remove_field. NULL stays NULL.
    """

    example: ClassVar[str] = """
    extract_model: Home.city
    into: City
    fields:
      name: {type: CharField, max_length: 50, unique: true}
    column: name
    field: city
    """

    extract_model: ElementRef
    into: Annotated[ModelRef, Field(description="The model whose rows the values become.")]
    fields: Annotated[
        dict[str, FieldValue] | None,
        Field(description="The fields of that model, which is made; without them it is there already.", min_length=1),
    ] = None
    column: Annotated[Identifier, Field(description="The column of that model that gets the values.")]
    field: Annotated[
        Identifier, Field(description="The new foreign key; it may have the name of the column that goes.")
    ]
    on_delete: Annotated[str, Field(description="Of the foreign key, as in Django.")] = "PROTECT"
    blanks: Annotated[
        Literal["keep", "null"], Field(description="Whether empty text is a value like any other, or no value.")
    ] = "keep"
    reverse: Annotated[Reverse, Field(description="What becomes of rows added to a model that was there.")] = "auto"

    def written(self, scope: Scope) -> Iterator[dict[str, Any]]:
        model, name = scope.element(self.extract_model, "extract_model")
        old = scope.field(model, name, "extract_model")
        attname = scope.fields(model)[name].attname
        if old.is_relation:
            message = f"{shown(scope, model)}.{name} is a relation already"
            raise scope.error("E314", message, "extract_model", hint="name a column that holds values")
        if self.blanks == "null" and not old.empty_strings_allowed:
            message = f"'{name}' holds no text, so nothing in it is blank"
            raise scope.error("E208", message, "blanks", hint="leave 'blanks' out", key=True)
        if self.fields is None:
            scope.model(self.into, "into")
        own, into = str(self.extract_model.model), str(self.into)
        key = self.field if self.field != name else f"new_{name}"
        nullable = old.null or self.blanks == "null"
        blank = f"~Q({attname}='')"
        if self.blanks == "null":
            where: dict[str, Any] = {"where": f"Q({attname}__isnull=False) & {blank}" if old.null else blank}
        else:
            where = {"where": {f"{attname}__isnull": False}} if old.null else {}
        if self.fields is not None:
            yield {"create_model": into, "fields": self.fields}
        foreign_key = {"type": "ForeignKey", "to": into, "on_delete": self.on_delete, "nullable": True}
        yield {"add_field": f"{own}.{key}", "field": foreign_key}
        copied = {"into": into, "set": {self.column: {"source": attname}}, **where, "key": self.column}
        yield {"copy_rows": own, **copied, "reverse": self.reverse}
        yield {
            "update_rows": own,
            "source": into,
            "match": {attname: self.column},
            "set": {f"{key}_id": {"source": "pk"}},
            **({"where": blank} if self.blanks == "null" else {}),
        }
        yield {"remove_field": f"{own}.{name}"}
        if key != self.field:
            yield {"rename_field": f"{own}.{key}", "to": self.field}
        if not nullable:
            yield {"alter_field": f"{own}.{self.field}", "field": {"nullable": False}}
