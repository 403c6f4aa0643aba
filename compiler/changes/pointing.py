"""By which relations rows may be pointed at, and how a lookup says that no row does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.migrations.state import ModelState, ProjectState

from migspec.schemas.data.join_tables import JoinTable
from migspec.schemas.data.paths import Held, bound, concrete, pointing_at, query_name


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key to a model; `name` is that of lookups over it from there, empty if it is hidden."""

    held: Held
    name: str


def relations_to(state: ProjectState, model: ModelState) -> list[Relation]:
    """Give the foreign keys that may hold keys of a model's rows, those of join tables too."""
    own = concrete(state, model)
    proxies = [one for one in state.models.values() if one.options.get("proxy") and concrete(state, one) is own]
    found: dict[tuple[str, str, str], Relation] = {}
    for held in (held for one in (own, *proxies) for held in pointing_at(state, one)):
        if held.is_column and not _is_swapped(state, held.model):
            key = (held.model.app_label, held.model.name_lower, held.field.name)
            found.setdefault(key, Relation(held, _name(state, held)))
    return list(found.values())


def others(state: ProjectState, model: ModelState) -> Iterator[Held]:
    """Give the foreign keys of other models to a model."""
    return (one.held for one in relations_to(state, model) if one.held.model is not model)


def hangs_on_itself(state: ProjectState, model: ModelState) -> bool:
    """Whether rows of a model may hold foreign keys to other rows of it."""
    return any(one.held.model is model for one in relations_to(state, model))


def _name(state: ProjectState, held: Held) -> str:
    """Give the name of lookups over a foreign key; a join table has that of its many-to-many field, on either side."""
    if not isinstance(held.model, JoinTable):
        return query_name(held)
    owner = state.models[held.model.owner]
    field: Any = bound(owner, held.model.field, owner.fields[held.model.field])
    links = [name for name, one in held.model.fields.items() if one.remote_field is not None]
    if held.field.name == links[0]:
        return str(field.name)
    return "" if field.remote_field.symmetrical else query_name(Held(owner, field))


def _is_swapped(state: ProjectState, model: ModelState) -> bool:
    """Whether a setting puts another model in its place, so that there is no such table."""
    if isinstance(model, JoinTable):
        model = state.models[model.owner]
    setting: str = model.options.get("swappable") or ""
    label = f"{model.app_label}.{model.name_lower}"
    return bool(setting) and getattr(settings, setting, label).lower() != label
