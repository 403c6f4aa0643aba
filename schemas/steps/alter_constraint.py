"""alter_constraint: other words or another code for the error of a constraint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import migrations, models

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_element, constraint, has_one_side
from migspec.schemas.effects import columns_read, element, names_in
from migspec.schemas.names import ObjectRef
from migspec.schemas.objects.objects import ConstraintValue
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AlterConstraint(SchemaStep):
    """Change what a constraint says where a model is validated (violation_error_code, violation_error_message)."""

    example: ClassVar[str] = """
    alter_constraint: Home.one_name_per_city
    constraint:
      type: UniqueConstraint
      fields: [city, name]
      name: one_name_per_city
      violation_error_message: This city has a home of that name.
    """

    alter_constraint: ObjectRef
    constraint: ConstraintValue

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.alter_constraint)
        old = constraint(self, scope, model, name)
        has_one_side(self, scope, "state")
        new = self.constraint.build(scope, "constraint", model=model)
        if in_database(old) != in_database(new):
            label = shown(scope, model)
            message = f"alter_constraint changes nothing in the database, and the new '{name}' is another one there"
            hint = f"write remove_constraint: {label}.{name}, and add_constraint: {label} with the new one"
            raise scope.error("E314", message, "constraint", hint=hint)
        yield change(
            self,
            scope,
            model,
            migrations.AlterConstraint(model.name_lower, name, new),
            reads=columns_read(scope, model, names_in(old)),
            writes=element(scope, model, name),
        )


def in_database(of: models.BaseConstraint) -> tuple[Any, ...]:
    """Give the part of a constraint's definition that the database knows."""
    path, args, kwargs = of.deconstruct()
    return path, args, {key: value for key, value in kwargs.items() if key not in of.non_db_attrs}
