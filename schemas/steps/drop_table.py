"""drop_table: the second half of a two-phase drop, after a state_only delete_model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from django.db import migrations
from pydantic import Field

from migspec.schemas.changes import Change, Kind
from migspec.schemas.changing import change, has_one_side, in_database
from migspec.schemas.models.new import NewModel, operation, touched
from migspec.schemas.names import ModelRef
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import Irreversible


class DropTable(NewModel):
    """Drop a table whose model an earlier delete_model took from the state only."""

    example: ClassVar[str] = """
    drop_table: HomeAddress
    fields:
      home_id: {type: BigIntegerField}
      address_id: {type: BigIntegerField}
    """
    new_names: ClassVar[tuple[str, ...]] = ("drop_table",)

    drop_table: ModelRef
    reverse: Annotated[
        Irreversible | None,
        Field(description="{irreversible: reason} where rolling back needs the rows that go with the table."),
    ] = None

    def changes(self, scope: Scope) -> Iterator[Change]:
        has_one_side(self, scope, "database")
        app_label, name = scope.resolve(self.drop_table, "drop_table")
        known = scope.state.models.get((app_label, name.lower()))
        if known is not None:
            label = shown(scope, known)
            message = f"the model {label} is still there, and drop_table is for a table that only the database has"
            raise scope.error("E305", message, "drop_table", hint=f"write 'delete_model: {label}'")
        model, inside = self.model(scope)
        if not in_database(model):
            message = "Django drops no table of a proxy or unmanaged model"
            raise scope.error("E314", message, "options", hint="leave out 'proxy' and 'managed'", key=True)
        about = touched(inside, model)
        # The state has to know the model again for DeleteModel to find its table.
        yield change(self, inside, model, operation(model), kind=Kind.CLEANUP, side="state", **about)
        yield change(self, inside, model, migrations.DeleteModel(model.name), kind=Kind.CLEANUP, side="both", **about)
        if self.reverse is not None:
            stop = migrations.RunPython(migrations.RunPython.noop)  # without a reverse
            yield change(self, inside, model, stop, kind=Kind.CLEANUP, side="both", **about)
