"""add_field: a new field on a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations, models
from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_element, may_have_rows, survives_remake
from migspec.schemas.data.paths import AnyField, parents
from migspec.schemas.effects import field_reads, whole_field
from migspec.schemas.fields.field import FieldValue
from migspec.schemas.fields.new import check_column, check_field, check_free, check_name, check_old_rows
from migspec.schemas.names import ElementRef
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AddField(SchemaStep):
    """Add a field to a model."""

    example: ClassVar[str] = """
    add_field: Home.address
    field: {type: OneToOneField, to: accounts.Address, on_delete: SET_NULL, nullable: true}
    """
    new_names: ClassVar[tuple[str, ...]] = ("add_field",)

    add_field: ElementRef
    field: FieldValue
    preserve_default: Annotated[
        bool, Field(description="false: the default is for the rows that are there, and the field keeps none.")
    ] = True

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.add_field)
        check_concrete(scope, model, name)
        check_free(scope, model, name, "add_field")
        built = self.field.build(scope, "field", model=model)
        check_name(scope, name, built, "add_field")
        check_column(scope, model, name, built, "add_field")
        check_field(self, scope, model, built, "field")
        survives_remake(self, scope)
        if self.side == "both":
            check_key(scope, model, built)
            if may_have_rows(scope, model):
                check_old_rows(scope, model, name, built, "field")
        yield change(
            self,
            scope,
            model,
            migrations.AddField(model.name_lower, name, built, preserve_default=self.preserve_default),
            reads=field_reads(scope, model, built),
            writes=whole_field(scope, model, name, built),
        )


def check_concrete(scope: Scope, model: ModelState, name: str) -> None:
    """E314 for a proxy model, which has no table of its own."""
    if model.options.get("proxy"):
        holder = model
        while holder.options.get("proxy"):
            holder = next(parents(scope.state, holder))
        message = f"{shown(scope, model)} is a proxy model, and has no fields of its own"
        raise scope.error("E314", message, "add_field", hint=f"write 'add_field: {shown(scope, holder)}.{name}'")


def check_key(scope: Scope, model: ModelState, built: AnyField) -> None:
    """E314 for a second primary key, and for a composite one on a table that is there."""
    if isinstance(built, models.CompositePrimaryKey):
        hint = "make a new model with it, copy the rows, and delete the old one"
        raise scope.error("E314", "Django gives no composite primary key to a table that is there", "field", hint=hint)
    key = next((name for name, field in model.fields.items() if field.primary_key), None)
    if built.primary_key and key is not None:
        message = f"{shown(scope, model)} has the primary key '{key}' already"
        hint = (
            "add the field without 'primary_key' and fill it;\n"
            f"the complaint about 'remove_field: {shown(scope, model)}.{key}' says how it then takes the key's place"
        )
        raise scope.error("E314", message, "field", hint=hint)
