"""remove_index: an index goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change, Kind
from migspec.schemas.changing import change, changed_element, check_vendor, index, only_postgresql, survives_remake
from migspec.schemas.effects import columns_read, element, names_in
from migspec.schemas.names import ObjectRef
from migspec.schemas.postgresql import postgresql_operation
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class RemoveIndex(SchemaStep):
    """Remove an index by its name."""

    example: ClassVar[str] = """
    remove_index: Home.home_city_idx
    """

    remove_index: ObjectRef
    concurrently: Annotated[
        bool, Field(description="DROP INDEX CONCURRENTLY (PostgreSQL), in a file of its own without a transaction.")
    ] = False

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, name = changed_element(self, scope, self.remove_index)
        found = index(self, scope, model, name)
        check_vendor(self, scope, found, "remove_index")
        survives_remake(self, scope)
        cls = migrations.RemoveIndex
        if self.concurrently:
            only_postgresql(self, scope, "'concurrently'", "concurrently", key=True)
            cls = postgresql_operation(scope, "RemoveIndexConcurrently", "concurrently")
        yield change(
            self,
            scope,
            model,
            cls(model.name_lower, name),
            breaks=True,
            kind=Kind.CONCURRENT if self.concurrently and not self.state_only else None,
            reads=columns_read(scope, model, names_in(found)),
            writes=element(scope, model, name),
        )
