"""alter_model_table_comment: what the database says of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AlterModelTableComment(SchemaStep):
    """Set the comment on a model's table; SQLite has none and keeps it in the state only."""

    example: ClassVar[str] = """
    alter_model_table_comment: Home
    table_comment: One row for each home that was ever let.
    """

    alter_model_table_comment: ModelRef
    table_comment: Annotated[str | None, Field(description="The comment; null takes it away.")]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.alter_model_table_comment)
        comment: Any = self.table_comment  # Django takes None; its stubs do not know
        operation = migrations.AlterModelTableComment(model.name_lower, comment)
        yield change(self, scope, model, operation, writes={scope.touch("options", model)})
