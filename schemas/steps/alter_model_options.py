"""alter_model_options: what a model's Meta says that its table does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model, has_one_side
from migspec.schemas.effects import columns_read
from migspec.schemas.models.options import AlteredOptions
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep

ALTERABLE = tuple(migrations.AlterModelOptions.ALTER_OPTION_KEYS)


class AlterModelOptions(SchemaStep):
    """Change options of a model: those named here; null removes one, the others stay."""

    example: ClassVar[str] = """
    alter_model_options: Home
    options: {ordering: [name], verbose_name_plural: homes}
    """

    alter_model_options: ModelRef
    options: Annotated[AlteredOptions, Field(description="Options by Django's names; null removes one.")]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.alter_model_options)
        has_one_side(self, scope, "state")
        given = self.options.build(scope, "options", model=model)
        old = {name: value for name, value in model.options.items() if name in ALTERABLE}
        # Django takes away every option of these that its operation does not name.
        options = {name: value for name, value in (old | given).items() if value is not None}
        named = [name for value in (old, given) for name in ordering_names(value.get("ordering"))]
        yield change(
            self,
            scope,
            model,
            migrations.AlterModelOptions(model.name_lower, options),
            reads=columns_read(scope, model, [name for name in named if name in scope.fields(model)]),
            writes={scope.touch("options", model)},
        )


def ordering_names(ordering: Any) -> Iterator[str]:
    """Give the model's own fields that an ordering names as text."""
    for item in ordering or ():
        if isinstance(item, str) and item != "?":
            yield item.lstrip("-+").split("__")[0]
