"""drop_column: the second half of a two-phase drop, after a state_only remove_field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import migrations

from migspec.schemas.changes import Change, Kind
from migspec.schemas.changing import change, changed_element, has_one_side, may_have_rows
from migspec.schemas.effects import field_reads, has_field, whole_field
from migspec.schemas.fields.field import FieldValue
from migspec.schemas.fields.new import check_field, check_name
from migspec.schemas.names import ElementRef
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class DropColumn(SchemaStep):
    """Drop a column, or a join table, whose field an earlier remove_field took from the state only."""

    example: ClassVar[str] = """
    drop_column: Home.city
    field: {type: CharField, max_length: 50, nullable: true}
    """
    new_names: ClassVar[tuple[str, ...]] = ("drop_column",)

    drop_column: ElementRef
    field: FieldValue

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.drop_column)
        has_one_side(self, scope, "database")
        if has_field(scope, model, name):
            label = shown(scope, model)
            message = f"{label} still has the field '{name}', and drop_column is for what only the database has"
            raise scope.error("E305", message, "drop_column", hint=f"write 'remove_field: {label}.{name}'")
        built = self.field.build(scope, "field", model=model)
        check_name(scope, name, built, "drop_column")
        check_field(self, scope, model, built, "field")
        kind = Kind.CLEANUP if may_have_rows(scope, model) else Kind.SCHEMA
        touched: dict[str, Any] = {
            "reads": field_reads(scope, model, built),
            "writes": whole_field(scope, model, name, built),
        }
        # The state has to know the field again for RemoveField to find its column.
        known = migrations.AddField(model.name_lower, name, built)
        yield change(self, scope, model, known, kind=kind, side="state", **touched)
        yield change(
            self, scope, model, migrations.RemoveField(model.name_lower, name), kind=kind, side="both", **touched
        )
