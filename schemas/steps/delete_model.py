"""delete_model: a model and its table go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db import migrations
from django.db.migrations.state import ModelState

from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model
from migspec.schemas.effects import children, field_reads, model_and_tables, pointing
from migspec.schemas.names import ModelRef
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep


class DeleteModel(SchemaStep):
    """Delete a model and its table, with the rows in it."""

    example: ClassVar[str] = """
    delete_model: HomeAddress
    """

    delete_model: ModelRef

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.delete_model)
        check_not_needed(self, scope, model)
        yield change(
            self,
            scope,
            model,
            migrations.DeleteModel(model.name),
            breaks=True,
            reads={touch for field in model.fields.values() for touch in field_reads(scope, model, field)},
            writes=model_and_tables(scope, model),
        )


def check_not_needed(step: SchemaStep, scope: Scope, model: ModelState) -> None:
    """E314 while another model points to the model, goes through it or inherits from it."""
    heirs = children(scope, model)
    relations = [
        (holder, name)
        for holder, name, field in pointing(scope, model)
        # The link of a child to its parent goes with the child.
        if holder is not model and not (holder in heirs and getattr(field.remote_field, "parent_link", False))
    ]
    if not relations and not heirs:
        return
    names = [f"{holder.app_label}.{holder.name}.{name}" for holder, name in relations]
    names += [f"{heir.app_label}.{heir.name} (inherits from it)" for heir in heirs]
    steps = [f"remove_field: {shown(scope, holder)}.{name}" for holder, name in relations]
    steps += [f"delete_model: {shown(scope, heir)}" for heir in heirs]
    hint = "add before this step:\n" + "\n".join(f"- {line}" for line in dict.fromkeys(steps))
    message = f"{model.app_label}.{model.name} is still needed by {', '.join(dict.fromkeys(names))}"
    raise scope.error("E314", message, step.verb, hint=hint)
