"""What relations point to, looked up at a step's place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import SettingsReference
from django.db import models
from django.db.migrations.state import ModelState
from django.db.models.fields.related import RelatedField

from migspec.dsl.diagnostics import Diagnostic, Path, SpecError
from migspec.dsl.names import ModelName, NameProblem, parse_model
from migspec.schemas.data.paths import AnyField, unique_sets
from migspec.schemas.scope import Scope


def target(value: Any, scope: Scope, model: ModelState | None, *at: str | int) -> str:
    """Give what `to` means: app.Model, a reference to a setting, or self where the field's own model is not known."""
    if value == "self":
        return "self" if model is None else f"{model.app_label}.{model.name}"
    name = model_name(value, scope, *at)
    label = look_up(name, scope, model, *at)
    return SettingsReference(label, name.setting) if name.setting else label


def join_model(value: Any, scope: Scope, *at: str | int) -> Any:
    """Give what `through` means; None stays None."""
    return value if value is None else look_up(model_name(value, scope, *at), scope, None, *at)


def model_name(value: Any, scope: Scope, *at: str | int) -> ModelName:
    if isinstance(value, SettingsReference):
        return ModelName(None, "", value.setting_name)  # type: ignore[attr-defined]
    meta = getattr(value, "_meta", None)
    if meta is not None:  # an expression may name the class itself
        return ModelName(meta.app_label, meta.object_name)
    if not isinstance(value, str):
        raise scope.error("E204", "a relation takes the name of a model", *at, hint="write 'app.Model'")
    try:
        return parse_model(value)
    except NameProblem as problem:
        raise scope.error("E206", problem.message, *at, hint=problem.hint) from None


def look_up(name: ModelName, scope: Scope, model: ModelState | None, *at: str | int) -> str:
    """Give the label of a model that is there, or that is `model`; E301, E302, E316."""
    label = scope.resolve(name, *at)
    if model is not None and label == (model.app_label, model.name):
        return ".".join(label)
    if label[0] in scope.state.real_apps and is_installed(*label):
        return ".".join(label)
    return "{0.app_label}.{0.name}".format(scope.model(name, *at))


def is_installed(app_label: str, model_name: str) -> bool:
    """Whether an app without migrations has the model: such apps are not in the state."""
    try:
        return bool(apps.get_model(app_label, model_name)._meta.object_name == model_name)
    except LookupError:
        return False


# --- the columns that relations join ---


def check_target(built: AnyField, scope: Scope, model: ModelState | None, place: Callable[[str], Path]) -> None:
    """E303 for a `to_field` that is not there, E314 for one that is not unique; E303 for fields of a join model."""
    if not isinstance(built, RelatedField):
        return
    remote: Any = built.remote_field
    if isinstance(built, models.ForeignKey) and remote.field_name and not is_own(remote.model, model):
        other = state_of(remote.model, scope)
        if other is not None:
            found = scope.field(other, remote.field_name, *place("to_field"))
            if frozenset({found.attname}) not in unique_sets(scope.state, other):
                label = f"{other.app_label}.{other.name}"
                message = f"'{found.name}' of {label} is not unique, and a foreign key points to one row"
                hint = "point to a unique field, or make this one unique first"
                raise scope.error("E314", message, *place("to_field"), hint=hint)
    elif isinstance(built, models.ForeignObject) and not isinstance(built, models.ForeignKey):
        if not built.from_fields or not built.to_fields or len(built.from_fields) != len(built.to_fields):
            message = "a ForeignObject has as many 'from_fields' as 'to_fields', and at least one"
            raise scope.error("E314", message, *place("from_fields"))
        check_names(built.to_fields, remote.model, scope, model, *place("to_fields"))
        check_names(built.from_fields, "self", scope, model, *place("from_fields"))
    elif isinstance(built, models.ManyToManyField) and remote.through_fields and isinstance(remote.through, str):
        check_names(remote.through_fields, remote.through, scope, model, *place("through_fields"))


def check_names(names: Any, of: Any, scope: Scope, model: ModelState | None, *at: str | int) -> None:
    """Look fields up where the model that has them is in the state."""
    if is_own(of, model) and model is not None:
        of = f"{model.app_label}.{model.name}"
    holder = state_of(of, scope)
    if holder is None:
        return
    errors: list[Diagnostic] = []
    for index, name in enumerate(names):
        try:
            if name not in (None, "self"):
                scope.field(holder, name, *at, index)
        except SpecError as error:
            errors += error.diagnostics
    if errors:
        raise SpecError(*errors)


def is_own(to: Any, model: ModelState | None) -> bool:
    label = "" if model is None else f"{model.app_label}.{model.name_lower}"
    return to == "self" or (isinstance(to, str) and to.lower() == label)


def state_of(to: Any, scope: Scope) -> ModelState | None:
    if not isinstance(to, str) or to == "self":
        return None
    app_label, _, name = to.rpartition(".")
    return scope.state.models.get((app_label, name.lower()))
