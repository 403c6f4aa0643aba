"""split_model: some fields of a model move to a model of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from django.db import models
from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.dsl.diagnostics import nearest
from migspec.schemas.data.conditions import Where
from migspec.schemas.data.paths import AnyField
from migspec.schemas.errors.pasting import line_hint
from migspec.schemas.identifiers import Identifier
from migspec.schemas.names import ModelRef
from migspec.schemas.recipe import Recipe, same_field
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope


class SplitModel(Recipe):
    """Move fields of a model to a new model that has a row for each row, linked one to one.

    It stands for create_model, copy_rows and remove_field; with `field` for add_field and update_rows too.
    """

    example: ClassVar[str] = """
    split_model: Home
    into: HomeDetails
    move: [name]
    link: home
    """
    columns_of: ClassVar[dict[str, str]] = {"where": "split_model"}
    new_names: ClassVar[tuple[str, ...]] = ("into",)

    split_model: ModelRef
    into: Annotated[ModelRef, Field(description="The new model.")]
    move: Annotated[list[str], Field(description="The fields that move, as they are.", min_length=1)]
    link: Annotated[
        Identifier | None, Field(description="The one-to-one field of the new model to this one, its primary key.")
    ] = None
    field: Annotated[
        Identifier | None, Field(description="The one-to-one field of this model to the new one, in place of `link`.")
    ] = None
    where: Annotated[Where | None, Field(description="Which rows get one in the new model; all without it.")] = None

    def written(self, scope: Scope) -> Iterator[dict[str, Any]]:
        if (self.link is None) == (self.field is None):
            message = "the models are linked by one field: 'link' of the new one, or 'field' of this one"
            if self.link is not None:
                raise scope.error("E208", message, "field", hint="leave one of the two out", key=True)
            hint = line_hint("link", scope.model(self.split_model, "split_model").name_lower)
            raise scope.error("E201", message, "split_model", hint=hint, key=True)
        model = scope.model(self.split_model, "split_model")
        key = scope.primary_key(model)
        if isinstance(key, models.CompositePrimaryKey) or key.remote_field is not None:
            message = f"rows of {shown(scope, model)} have no key of one column of their own"
            raise scope.error("E314", message, "split_model", hint="write create_model, copy_rows and remove_field")
        moved = {name: self.moved(name, model, scope, "move", number) for number, name in enumerate(self.move)}
        own, into = str(self.split_model), str(self.into)
        copied: dict[str, Any] = {
            "copy_rows": own,
            "into": into,
            "copy": [field.attname for field in moved.values()],
            **({"where": self.where} if self.where else {}),
        }
        fields: dict[str, Any] = {name: same_field(model.fields[name]) for name in moved}
        link = {"type": "OneToOneField", "on_delete": "CASCADE"}
        if self.link is not None:
            yield {"create_model": into, "fields": {self.link: {**link, "to": own, "primary_key": True}, **fields}}
            yield {**copied, "set": {f"{self.link}_id": {"source": key.attname}}, "key": f"{self.link}_id"}
        else:
            yield {"create_model": into, "fields": {key.name: same_field(key), **fields}}
            to = {**link, "to": into, "on_delete": "PROTECT", "nullable": True}
            yield {"add_field": f"{own}.{self.field}", "field": to}
            yield {**copied, "set": {key.attname: {"source": key.attname}}, "key": key.attname}
            where = {"where": self.where} if self.where else {}
            yield {"update_rows": own, "set": {f"{self.field}_id": {"field": key.attname}}, **where}
        for name in moved:
            yield {"remove_field": f"{own}.{name}"}
        if self.field is not None and self.where is None:
            yield {"alter_field": f"{own}.{self.field}", "field": {"nullable": False}}

    def moved(self, name: str, model: ModelState, scope: Scope, *at: str | int) -> AnyField:
        """Give a field that moves; E303 where the model has none, E314 for one that cannot be in another table."""
        field = scope.field(model, name, *at)
        if name not in model.fields:
            hint = nearest(name, model.fields)
            raise scope.error("E303", f"{shown(scope, model)} inherits '{name}', and cannot move it", *at, hint=hint)
        remote: Any = field.remote_field
        to_itself = remote is not None and str(remote.model) in ("self", f"{model.app_label}.{model.name_lower}")
        if field.primary_key or field.many_to_many or getattr(field, "generated", False) or to_itself:
            message = f"'{name}' cannot move to another model as it is"
            hint = "leave it out, and write its own steps: create_model, copy_rows, remove_field"
            raise scope.error("E314", message, *at, hint=hint)
        return field
