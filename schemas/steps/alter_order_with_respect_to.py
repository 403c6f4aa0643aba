"""alter_order_with_respect_to: the relation within which the rows of a model have an order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model, foreign_key, survives_remake
from migspec.schemas.effects import column_set, columns_read, of_field
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AlterOrderWithRespectTo(SchemaStep):
    """Keep an order of the rows that belong to one row of another model, in a column _order."""

    example: ClassVar[str] = """
    alter_order_with_respect_to: Room
    order_with_respect_to: home
    """

    alter_order_with_respect_to: ModelRef
    order_with_respect_to: Annotated[
        str | None, Field(description="A foreign key of the model; null takes the column _order away.")
    ]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.alter_order_with_respect_to)
        old, new = model.options.get("order_with_respect_to"), self.order_with_respect_to
        if new is not None:
            foreign_key(scope, model, new, "order_with_respect_to")
        survives_remake(self, scope)
        yield change(
            self,
            scope,
            model,
            migrations.AlterOrderWithRespectTo(model.name_lower, new),
            breaks=bool(old and not new),
            reads=columns_read(scope, model, {name for name in (old, new) if name}),
            writes={scope.touch("options", model), *of_field(scope, model, "_order", "definition", "values")}
            | (column_set(scope, model) if bool(old) != bool(new) else set()),
        )
