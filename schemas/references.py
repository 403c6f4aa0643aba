"""Who names a field or a model at a place: what has to go, or to change, before the field or the model does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState

from migspec.schemas.data.paths import AnyField
from migspec.schemas.effects import field_name, names_in, pointing
from migspec.schemas.scope import Scope


@dataclass(frozen=True, slots=True)
class Named:
    """Something that names a field: what it is, and the step that ends it."""

    what: str
    remedy: str


def shown(scope: Scope, model: ModelState) -> str:
    """Give the model as a spec names it at this place."""
    return model.name if model.app_label == scope.app_label else f"{model.app_label}.{model.name}"


def naming(scope: Scope, model: ModelState, name: str) -> Iterator[Named]:
    """Give what names a field of the model so that Django cannot remove the field."""
    label = shown(scope, model)
    for index in indexes(model):
        if name in fields_of(scope, model, index):
            yield Named(f"the index '{index.name}'", f"remove_index: {label}.{index.name}")
    for constraint in constraints(model):
        if name in fields_of(scope, model, constraint):
            yield Named(f"the constraint '{constraint.name}'", f"remove_constraint: {label}.{constraint.name}")
    if any(name in together for together in model.options.get("unique_together") or ()):
        rest = [list(together) for together in sorted(model.options["unique_together"]) if name not in together]
        text = ", ".join(f"[{', '.join(together)}]" for together in rest)
        yield Named("unique_together", f"alter_unique_together: {label}, with unique_together: [{text}]")
    if model.options.get("order_with_respect_to") == name:
        remedy = f"alter_order_with_respect_to: {label}, with order_with_respect_to: null"
        yield Named("order_with_respect_to", remedy)
    for other, field in model.fields.items():
        if is_generated_from(scope, model, field, name):
            yield Named(f"the generated field '{other}'", f"remove_field: {label}.{other}")
        if other != name and name in (getattr(field, "from_fields", None) or ()):
            yield Named(f"the field '{other}' (from_fields)", f"remove_field: {label}.{other}")
    for holder, other, _ in keyed_by(scope, model, name):
        what = f"{holder.app_label}.{holder.name}.{other}"
        yield Named(f"the relation {what} (to_field)", f"alter_field or remove_field: {shown(scope, holder)}.{other}")


def keyed_by(scope: Scope, model: ModelState, name: str) -> Iterator[tuple[ModelState, str, AnyField]]:
    """Give the foreign keys whose column holds the values of a field of the model."""
    for holder, other, field in pointing(scope, model):
        if field.many_to_many or field.remote_field is None:
            continue
        targets = getattr(field, "to_fields", None) or ()
        is_key = model.fields.get(name) is not None and bool(getattr(model.fields[name], "primary_key", False))
        if name in targets or (None in targets and is_key):
            yield holder, other, field


def is_generated_from(scope: Scope, model: ModelState, field: Any, name: str) -> bool:
    """Whether the database computes the field from the one of that name."""
    return getattr(field, "generated", False) and name in fields_of(scope, model, field.expression)


def fields_of(scope: Scope, model: ModelState, value: Any) -> set[str]:
    """Give the fields that an index, a constraint or an expression names."""
    return {field_name(scope, model, name) for name in names_in(value)}


def indexes(model: ModelState) -> list[models.Index]:
    return list(model.options.get("indexes") or ())


def constraints(model: ModelState) -> list[models.BaseConstraint]:
    return list(model.options.get("constraints") or ())
