"""alter_field: another definition for a field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations, models
from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas.changes import Change, Touch
from migspec.schemas.changing import change, changed_element, check_vendor, own_field, survives_remake
from migspec.schemas.data.join_tables import makes_table
from migspec.schemas.data.paths import AnyField
from migspec.schemas.effects import column_set, columns_read, field_reads, join_table, of_field, pointing
from migspec.schemas.fields.alteration import breaks, narrower
from migspec.schemas.fields.field import AlteredField, PartialField
from migspec.schemas.fields.new import check_column, check_field
from migspec.schemas.names import ElementRef
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
        what = f"'{name}' is {'a' if old.many_to_many else 'no'} many-to-many field"
        hint = f"add_field under another name, copy the rows, remove_field: {label}.{name}"
        raise scope.error("E314", f"{what}, and stays what it is: Django does not move the rows", "field", hint=hint)
    if old.many_to_many and join_model(old) != join_model(new):
        raise scope.error("E314", f"Django cannot change 'through' of '{name}'", "field", hint=again)
    if isinstance(old, models.CompositePrimaryKey) or isinstance(new, models.CompositePrimaryKey):
        raise scope.error("E314", "Django cannot change a primary key to or from a composite one", "field")
    generated = getattr(old, "generated", False) or getattr(new, "generated", False)
    if generated and not same_in_database(old, new):
        message = "Django cannot change a generated field, or a field into one"
        raise scope.error("E314", message, "field", hint=again)
    check_keys(scope, model, name, old, new)


def check_keys(scope: Scope, model: ModelState, name: str, old: AnyField, new: AnyField) -> None:
    """E314 for a second primary key or none, and for a field that foreign keys need to be unique."""
    label = shown(scope, model)
    if new.primary_key and not old.primary_key:
        key = next((known for known, field in model.fields.items() if field.primary_key), None)
        if key is not None:
            hint = f"the complaint about 'remove_field: {label}.{key}' says how another field takes its place"
            raise scope.error("E314", f"{label} has the primary key '{key}' already", "field", hint=hint)
    if old.primary_key and not new.primary_key:
        message = f"'{name}' is the primary key, and a table keeps its key"
        raise scope.error("E314", message, "field", hint="add 'primary_key: true'")
    if old.unique and not new.unique:
        found = [f"{holder.app_label}.{holder.name}.{other}" for holder, other, _ in keyed_by(scope, model, name)]
        if found:
            message = f"foreign keys point to '{name}', which has to stay unique: {', '.join(found)}"
            raise scope.error("E314", message, "field", hint="add 'unique: true', or alter these fields first")


def join_model(field: AnyField) -> str:
    return "" if makes_table(field) else str(getattr(field.remote_field, "through", "")).lower()


def same_in_database(old: AnyField, new: AnyField) -> bool:
    """Whether two fields differ only in what the database does not know."""
    parts = []
    for field in (old, new):
        _, path, args, kwargs = field.deconstruct()
        others = set(field.non_db_attrs)
        parts.append((path, args, {key: value for key, value in kwargs.items() if key not in others}))
    return parts[0] == parts[1]


def writes(scope: Scope, model: ModelState, name: str, old: AnyField, new: AnyField) -> frozenset[Touch]:
    """The definition, values that are converted or filled in, and the columns of foreign keys to the field."""
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
