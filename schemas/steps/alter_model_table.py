"""alter_model_table: another table name for a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model, in_database
from migspec.schemas.effects import model_and_tables, table, table_name
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AlterModelTable(SchemaStep):
    """Rename the table of a model, and its join tables."""

    example: ClassVar[str] = """
    alter_model_table: Home
    table: homes
    """

    alter_model_table: ModelRef
    table: Annotated[str | None, Field(description="The table's name; null for Django's own, `app_model`.")]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.alter_model_table)
        new = self.table or f"{model.app_label}_{model.name_lower}"
        for other in scope.state.models.values():
            if other is not model and in_database(other) and table_name(other) == new:
                raise scope.error("E305", f"'{new}' is the table of {other.app_label}.{other.name} already", "table")
        yield change(
            self,
            scope,
            model,
            migrations.AlterModelTable(model.name_lower, self.table),
            breaks=table_name(model) != new,
            writes=model_and_tables(scope, model) | {table(new)},
        )
