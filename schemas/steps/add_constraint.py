"""add_constraint: a new constraint on a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations, models
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model, check_element, only_postgresql, survives_remake
from migspec.schemas.effects import columns_read, element, names_in
from migspec.schemas.names import ModelRef
from migspec.schemas.objects.objects import ConstraintValue
from migspec.schemas.postgresql import postgresql_operation
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AddConstraint(SchemaStep):
    """Add a unique, check or exclusion constraint to a model."""

    example: ClassVar[str] = """
    add_constraint: Home
    constraint: {type: UniqueConstraint, fields: [city, name], name: one_name_per_city}
    """

    add_constraint: ModelRef
    constraint: ConstraintValue
    not_valid: Annotated[
        bool, Field(description="Check new rows only (PostgreSQL); validate_constraint checks the others later.")
    ] = False

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.add_constraint)
        built = self.constraint.build(scope, "constraint", model=model)
        check_element(self, scope, model, built, "constraint")
        survives_remake(self, scope)
        cls, named = migrations.AddConstraint, list(names_in(built))
        if self.not_valid:
            only_postgresql(self, scope, "'not_valid'", "not_valid", key=True)
            if not isinstance(built, models.CheckConstraint):
                message = f"'not_valid' is for check constraints, and '{built.name}' is a {type(built).__name__}"
                raise scope.error("E314", message, "not_valid", hint="leave out 'not_valid'", key=True)
            cls = postgresql_operation(scope, "AddConstraintNotValid", "not_valid")
            # PostgreSQL checks a row against it whenever any column of the row is written.
            named = [name for name, field in scope.fields(model).items() if name in model.fields and field.column]
        yield change(
            self,
            scope,
            model,
            cls(model.name_lower, built),
            breaks=not self.not_valid,
            reads=columns_read(scope, model, named, rows=True),
            writes=element(scope, model, built.name),
        )
