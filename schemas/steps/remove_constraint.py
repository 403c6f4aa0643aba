"""remove_constraint: a constraint goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db import migrations

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_element, check_vendor, constraint, survives_remake
from migspec.schemas.effects import columns_read, element, names_in
from migspec.schemas.names import ObjectRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class RemoveConstraint(SchemaStep):
    """Remove a constraint by its name."""

    example: ClassVar[str] = """
    remove_constraint: Home.one_home_per_address
    """

    remove_constraint: ObjectRef

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.remove_constraint)
        found = constraint(self, scope, model, name)
        check_vendor(self, scope, found, "remove_constraint")
        survives_remake(self, scope)
        yield change(
            self,
            scope,
            model,
            migrations.RemoveConstraint(model.name_lower, name),
            breaks=True,
            # A row that the constraint forbids may come only after it has gone.
            reads=columns_read(scope, model, names_in(found), rows=True),
            writes=element(scope, model, name),
        )
