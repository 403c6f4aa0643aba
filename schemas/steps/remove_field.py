"""remove_field: a field goes, with its column or join table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.state import ModelState

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_element, check_vendor, own_field, survives_remake
from migspec.schemas.data.paths import AnyField
from migspec.schemas.effects import field_reads, whole_field
from migspec.schemas.names import ElementRef
from migspec.schemas.references import naming, shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class RemoveField(SchemaStep):
    """Remove a field with its column or its join table, and the values in it."""

    example: ClassVar[str] = """
    remove_field: Home.city
    """

    remove_field: ElementRef

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.remove_field)
        field = own_field(self, scope, model, name)
        check_vendor(self, scope, field, "remove_field")
        check_not_key(self, scope, model, name, field)
        check_not_named(self, scope, model, name)
        survives_remake(self, scope)
        yield change(
            self,
            scope,
            model,
            migrations.RemoveField(model.name_lower, name),
            breaks=True,
            reads=field_reads(scope, model, field),
            writes=whole_field(scope, model, name, field),
        )


def check_not_key(step: SchemaStep, scope: Scope, model: ModelState, name: str, field: AnyField) -> None:
    """E314 for the primary key, or a part of it."""
    composite = next((one for one in model.fields.values() if isinstance(one, models.CompositePrimaryKey)), None)
    if composite is not None and name in composite.field_names:
        message = f"'{name}' is a part of the composite primary key of {model.app_label}.{model.name}"
        hint = "Django cannot change a composite primary key: make a new model, and copy the rows"
        raise scope.error("E314", message, step.verb, hint=hint)
    if field.primary_key and not step.state_only:
        message = f"'{name}' is the primary key of {model.app_label}.{model.name}, and a table keeps its key"
        hint = (
            "to put another field in its place, write the removal as\n"
            "- operation: django.db.migrations.RemoveField\n"
            f"  kwargs: {{model_name: {model.name_lower}, name: {name}}}\n"
            f"and after it: alter_field: {shown(scope, model)}.<the new key>, with field: {{primary_key: true}}"
        )
        raise scope.error("E314", message, step.verb, hint=hint)


def check_not_named(step: SchemaStep, scope: Scope, model: ModelState, name: str) -> None:
    """E314 while something else names the field: Django fails later, and on some databases only."""
    named = list(naming(scope, model, name))
    if named:
        hint = "add before this step:\n" + "\n".join(f"- {one.remedy}" for one in named)
        message = f"'{name}' is still named by {' and '.join(one.what for one in named)}"
        raise scope.error("E314", message, step.verb, hint=hint)
