"""alter_model_options: what a model's Meta says that its table does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from django.db import migrations
from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.dsl.diagnostics import nearest
from migspec.schemas._meta_shim import OptionsValue
from migspec.schemas.changes import Change
from migspec.schemas.changing import change, changed_model, has_one_side
from migspec.schemas.collect import Collected
from migspec.schemas.effects import columns_read
from migspec.schemas.names import ModelRef
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import SchemaStep

ALTERABLE = tuple(migrations.AlterModelOptions.ALTER_OPTION_KEYS)
# What changes the other options.
OTHER_VERBS = {
    "db_table": "alter_model_table",
    "db_table_comment": "alter_model_table_comment",
    "unique_together": "alter_unique_together",
    "order_with_respect_to": "alter_order_with_respect_to",
    "indexes": "add_index and remove_index",
    "constraints": "add_constraint and remove_constraint",
}


class AlterModelOptions(SchemaStep):
    """Change options of a model: those named here; null removes one, the others stay."""

    example: ClassVar[str] = """
    alter_model_options: Home
    options: {ordering: [name], verbose_name_plural: homes}
    """

    alter_model_options: ModelRef
    options: Annotated[OptionsValue, Field(description="Options by Django's names; null removes one.")]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = changed_model(self, scope, self.alter_model_options)
        has_one_side(self, scope, "state")
        given = self.options.build(scope, "options")
        check_alterable(scope, model, given)
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


def check_alterable(scope: Scope, model: ModelState, given: dict[str, Any]) -> None:
    """E314 for options that AlterModelOptions does not change, E303 for fields of ordering that are not there."""
    collected = Collected()
    for name in given:
        if name in ALTERABLE:
            continue
        if name in OTHER_VERBS:
            hint = f"use {OTHER_VERBS[name]}: {shown(scope, model)}"
        else:
            hint = nearest(name, ALTERABLE) or f"alterable are {', '.join(ALTERABLE)}"
        collected.add(scope.error("E314", f"alter_model_options does not change '{name}'", "options", name, hint=hint, key=True))
    fields = scope.fields(model)
    for name in ordering_names(given.get("ordering")):
        if name not in fields and name not in ("pk", "_order") and name not in {field.attname for field in fields.values()}:
            message = f"ordering names '{name}', which is no field of {model.app_label}.{model.name} at this place"
            collected.add(scope.error("E303", message, "options", "ordering", hint=nearest(name, fields)))
    collected.throw()


def ordering_names(ordering: Any) -> Iterator[str]:
    """Give the model's own fields that an ordering names as text."""
    for item in ordering or ():
        if isinstance(item, str) and item != "?":
            yield item.lstrip("-+").split("__")[0]
