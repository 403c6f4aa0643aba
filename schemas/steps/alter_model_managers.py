"""alter_model_managers: the managers that historical models have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model, has_one_side
from migspec.schemas.models.managers import ManagersValue
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class AlterModelManagers(SchemaStep):
    """Set the managers that the model has in migrations; all of them, the ones that stay too."""

    example: ClassVar[str] = """
    alter_model_managers: Home
    managers: {objects: {expr: homes.managers.HomeManager()}}
    """

    alter_model_managers: ModelRef
    managers: Annotated[ManagersValue, Field(description="Managers by name; an empty mapping for Django's own.")]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.alter_model_managers)
        has_one_side(self, scope, "state")
        managers = self.managers.build(scope, "managers")
        operation = migrations.AlterModelManagers(model.name_lower, managers)
        yield change(self, scope, model, operation, writes={scope.touch("options", model)})
