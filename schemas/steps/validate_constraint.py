"""validate_constraint: the rows that were there before a NOT VALID constraint are checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db import models

from migspec.schemas.changes import Change, Kind
from migspec.schemas.changing import change, changed_element, constraint, has_one_side, only_postgresql
from migspec.schemas.effects import columns_read, element, names_in
from migspec.schemas.names import ObjectRef
from migspec.schemas.postgresql import postgresql_operation
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class ValidateConstraint(SchemaStep):
    """Check the existing rows against a constraint that was added with not_valid (PostgreSQL)."""

    example: ClassVar[str] = """
    validate_constraint: Home.home_has_rooms
    """

    validate_constraint: ObjectRef

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.validate_constraint)
        found = constraint(self, scope, model, name)
        has_one_side(self, scope, "database")
        only_postgresql(self, scope, "validate_constraint", "validate_constraint", key=True)
        if not isinstance(found, models.CheckConstraint):
            hint = "only a check constraint that was added with 'not_valid: true' is validated"
            raise scope.error("E314", f"'{name}' is a {type(found).__name__}", "validate_constraint", hint=hint)
        cls = postgresql_operation(scope, "ValidateConstraint", "validate_constraint")
        yield change(
            self,
            scope,
            model,
            cls(model_name=model.name_lower, name=name),
            kind=Kind.CLEANUP,
            reads=columns_read(scope, model, names_in(found), rows=True),
            writes=element(scope, model, name),
        )
