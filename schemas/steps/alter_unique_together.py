"""alter_unique_together: the sets of fields that are unique together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model, survives_remake, unique_columns_exist
from migspec.schemas.effects import columns_read
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AlterUniqueTogether(SchemaStep):
    """Say which sets of fields no two rows of a model share; all of them, the ones that stay too."""

    example: ClassVar[str] = """
    alter_unique_together: Home
    unique_together: [[city, name]]
    """

    alter_unique_together: ModelRef
    unique_together: Annotated[
        list[list[str]] | None, Field(description="Lists of fields; null or an empty list for none.")
    ]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.alter_unique_together)
        for number, names in enumerate(self.unique_together or []):
            unique_columns_exist(scope, model, names, "unique_together", number)
        survives_remake(self, scope)
        old = {tuple(names) for names in model.options.get("unique_together") or ()}
        new = {tuple(names) for names in self.unique_together or []}
        named = {name for names in old | new for name in names}
        yield change(
            self,
            scope,
            model,
            migrations.AlterUniqueTogether(model.name_lower, new),
            breaks=bool(new - old),
            # Rows that an old set forbids come after the step, those that a new one forbids go before it.
            reads=columns_read(scope, model, named, rows=True),
            writes={scope.touch("element", model, "unique_together")},
        )
