"""rename_model: another class name, and with it another table and join tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change, Touch
from migspec.schemas.changing import change, changed_model
from migspec.schemas.effects import (
    children,
    join_table,
    join_tables,
    model_and_tables,
    of_field,
    pointing,
    table,
    table_name,
)
from migspec.schemas.identifiers import Identifier
from migspec.schemas.names import ModelRef
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class RenameModel(SchemaStep):
    """Rename a model, its table, and the columns and join tables that are named after it."""

    example: ClassVar[str] = """
    rename_model: Home
    to: Dwelling
    """

    rename_model: ModelRef
    to: Annotated[Identifier, Field(description="The new class name, without an app label.")]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.rename_model)
        if self.to.lower() == model.name_lower:
            # Django's state takes the model out under its lower-case name after it was put in under the same one.
            message = f"Django cannot rename '{model.name}' to '{self.to}': to its state they are one name"
            raise scope.error("E314", message, "to", hint="rename it to another name, and from that to this one")
        other = scope.state.models.get((model.app_label, self.to.lower()))
        if other is not None:
            raise scope.error("E305", f"there is a model {other.app_label}.{other.name} already", "to")
        heirs = [shown(scope, child) for child in children(scope, model)]
        if heirs:
            # Django's state keeps the old name among the bases, and cannot build the model from then on.
            message = f"{' and '.join(heirs)} inherit from {model.name}, and Django would go on looking for that name"
            hint = "keep the name, and rename the table with alter_model_table if that is what matters"
            raise scope.error("E314", message, "rename_model", hint=hint)

        renamed = model.clone()
        renamed.name = self.to
        writes: set[Touch] = {
            *model_and_tables(scope, model),
            *model_and_tables(scope, renamed),
            table(table_name(renamed)),
        }
        for holder, name, field in pointing(scope, model):
            writes |= of_field(scope, holder, name, "definition")
            joined = join_table(holder, name, field)
            if joined is not None:
                writes.add(joined)
        yield change(
            self,
            scope,
            model,
            migrations.RenameModel(model.name, self.to),
            breaks=True,
            writes=writes | join_tables(renamed),
        )
