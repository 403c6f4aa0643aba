"""add_index: a new index on a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change, Kind
from migspec.schemas.changing import change, changed_model, check_element, only_postgresql, survives_remake
from migspec.schemas.effects import columns_read, element, names_in
from migspec.schemas.names import ModelRef
from migspec.schemas.objects.objects import IndexValue
from migspec.schemas.postgresql import postgresql_operation
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AddIndex(SchemaStep):
    """Add an index to a model."""

    example: ClassVar[str] = """
    add_index: Home
    index: {fields: [city, name], name: home_city_name_idx}
    """

    add_index: ModelRef
    index: IndexValue
    concurrently: Annotated[
        bool, Field(description="CREATE INDEX CONCURRENTLY (PostgreSQL), in a file of its own without a transaction.")
    ] = False

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.add_index)
        built = self.index.build(scope, "index", model=model)
        check_element(self, scope, model, built, "index")
        survives_remake(self, scope)
        cls = migrations.AddIndex
        if self.concurrently:
            only_postgresql(self, scope, "'concurrently'", "concurrently", key=True)
            cls = postgresql_operation(scope, "AddIndexConcurrently", "concurrently")
        yield change(
            self,
            scope,
            model,
            cls(model.name_lower, built),
            kind=Kind.CONCURRENT if self.concurrently and not self.state_only else None,
            reads=columns_read(scope, model, names_in(built)),
            writes=element(scope, model, built.name),
        )
