"""create_model: a new model and its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migspec.schemas.changes import Change
from migspec.schemas.changing import change
from migspec.schemas.models.new import NewModel, operation, touched
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope


class CreateModel(NewModel):
    """Create a model and its table; where no field is the primary key, Django's own `id` comes first."""

    example: ClassVar[str] = """
    create_model: Home
    fields:
      name: {type: CharField, max_length: 100}
      city: {type: CharField, max_length: 50, default: ""}
    options: {ordering: [name]}
    """
    new_names: ClassVar[tuple[str, ...]] = ("create_model",)

    create_model: ModelRef

    def changes(self, scope: Scope) -> Iterator[Change]:
        model, inside = self.model(scope)
        yield change(self, inside, model, operation(model), **touched(inside, model))
