"""alter_field: another definition for a field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations, models
from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas.alteration import breaks, narrower
from migspec.schemas.changes import Change, Touch
from migspec.schemas.changing import change, changed_element, check_vendor, own_field, survives_remake
from migspec.schemas.effects import (
    AnyField,
    column_set,
    columns_read,
    field_reads,
    join_table,
    makes_table,
    of_field,
    pointing,
)
from migspec.schemas.fields import AlteredField, PartialField
from migspec.schemas.names import ElementRef
from migspec.schemas.new_fields import check_column, check_field
from migspec.schemas.references import keyed_by, shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AlterField(SchemaStep):
    """Change the definition of a field; a mapping without `type` changes only the arguments that it names."""

    example: ClassVar[str] = """
    alter_field: Home.name
    field: {max_length: 200, nullable: false}
    """

    alter_field: ElementRef
    field: AlteredField
    preserve_default: Annotated[
        bool, Field(description="false: the default is for the rows that are there, and the field keeps none.")
    ] = True

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.alter_field)
        old = own_field(self, scope, model, name)
        built = self.built(scope, model, name)
        new = built.clone()
        new.set_attributes_from_name(name)
        if self.side != "state":
            check_alterable(self, scope, model, name, old, new)
        check_column(scope, model, name, built, "field")
        check_field(self, scope, model, built, "field")
        check_vendor(self, scope, old, "alter_field")
        survives_remake(self, scope)
        failing = breaks(model, old, new)
        yield change(
            self,
            scope,
            model,
            migrations.AlterField(model.name_lower, name, built, preserve_default=self.preserve_default),
            breaks=failing,
            reads=field_reads(scope, model, old)
            | field_reads(scope, model, built)
            | (columns_read(scope, model, [name], rows=True) if failing else frozenset()),
            writes=writes(scope, model, name, old, new),
        )

    def built(self, scope: Scope, model: ModelState, name: str) -> AnyField:
        if isinstance(self.field, PartialField):
            return self.field.build(scope, model.fields[name], "field", model=model)
        return self.field.build(scope, "field", model=model)


def check_alterable(step: SchemaStep, scope: Scope, model: ModelState, name: str, old: AnyField, new: AnyField) -> None:
    """E314 for what Django's schema editors refuse, or do wrong without a word."""
    label = shown(scope, model)
    again = f"write remove_field: {label}.{name}, and add_field: {label}.{name} with the new definition"
    if bool(old.many_to_many) != bool(new.many_to_many):
        message = f"'{name}' cannot become {'a' if new.many_to_many else 'no longer a'} many-to-many field: Django does not move the rows"
        hint = f"add_field under another name, copy the rows, remove_field: {label}.{name}"
        raise scope.error("E314", message, "field", hint=hint)
    if old.many_to_many and (makes_table(old), old.remote_field.through) != (
        makes_table(new),
        new.remote_field.through,
    ):
        if not (makes_table(old) and makes_table(new)):
            raise scope.error("E314", f"Django cannot change 'through' of '{name}'", "field", hint=again)
    if isinstance(old, models.CompositePrimaryKey) or isinstance(new, models.CompositePrimaryKey):
        raise scope.error("E314", "Django cannot change a primary key to or from a composite one", "field")
    if getattr(old, "generated", False) or getattr(new, "generated", False):
        if not same_but_names(old, new):
            raise scope.error(
                "E314", "Django cannot change a generated field, or a field into one", "field", hint=again
            )
    if new.primary_key and not old.primary_key:
        key = next((known for known, field in model.fields.items() if field.primary_key), None)
        if key is not None:
            message = f"{label} has the primary key '{key}' already"
            hint = f"see 'remove_field: {label}.{key}' for how another field takes its place"
            raise scope.error("E314", message, "field", hint=hint)
    pointing = [f"{holder.app_label}.{holder.name}.{other}" for holder, other, _ in keyed_by(scope, model, name)]
    if old.unique and not new.unique and pointing and not old.primary_key:
        message = f"foreign keys point to '{name}', which has to stay unique: {', '.join(pointing)}"
        raise scope.error("E314", message, "field", hint="add 'unique: true', or alter these fields first")
    if old.primary_key and not new.primary_key:
        raise scope.error(
            "E314", f"'{name}' is the primary key, and a table keeps its key", "field", hint="add 'primary_key: true'"
        )


def same_but_names(old: AnyField, new: AnyField) -> bool:
    """Whether two fields differ only in what the database does not know."""
    parts = []
    for field in (old, new):
        _, path, args, kwargs = field.deconstruct()
        parts.append((path, args, {key: value for key, value in kwargs.items() if key not in field.non_db_attrs}))  # type: ignore[attr-defined]
    return parts[0] == parts[1]


def writes(scope: Scope, model: ModelState, name: str, old: AnyField, new: AnyField) -> frozenset[Touch]:
    """What altering the field writes: its definition, its values where they are converted or filled in, and the columns of foreign keys to it."""
    found: set[Touch] = {*of_field(scope, model, name, "definition")}
    if old.many_to_many:
        tables = (join_table(model, name, field) for field in (old, new))
        return frozenset(found | {table for table in tables if table})
    if old.column != new.column:
        found |= column_set(scope, model)
    converted = narrower(model, old, new) or type(old) is not type(new)
    if converted or (old.null and not new.null):
        found |= of_field(scope, model, name, "values")
    if converted:
        for holder, other, _ in keyed_by(scope, model, name):
            found |= of_field(scope, holder, other, "definition", "values")
        if old.primary_key:
            tables = (join_table(holder, other, field) for holder, other, field in pointing(scope, model))
            found |= {table for table in tables if table}
            found |= {table for table in (join_table(model, *item) for item in model.fields.items()) if table}
    return frozenset(found)
