"""The names that a project has: apps, models, columns, elements and field classes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db.migrations.state import ModelState, ProjectState

from migspec.schemas.data.join_tables import JoinTable, with_join_tables
from migspec.schemas.data.paths import AnyField, columns, held_fields
from migspec.schemas.fields.classes import FieldType
from migspec.schemas.references import constraints, indexes


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model by the names that specs have for it."""

    label: str
    names: Collection[str]  # in every spec
    short: str = ""  # in specs of its own app
    columns: dict[str, str]  # by attname, with a few words on each
    fields: Collection[str] = ()
    objects: Collection[str] = ()  # indexes and constraints
    is_join_table: bool = False

    @property
    def app_label(self) -> str:
        return self.label.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectNames:
    """What a project knows."""

    apps: Collection[str]  # its own
    models: Collection[KnownModel]
    field_classes: dict[str, FieldType]  # those that are not Django's, by their dotted path


def names_of(state: ProjectState, own: Collection[str]) -> ProjectNames:
    """Give the names in a state, and in models.py; `own` are the labels of the apps that specs belong to."""
    both = with_join_tables(with_models(state))
    models = [known(both, model, own) for _, model in sorted(both.models.items())]
    return ProjectNames(apps=sorted(own), models=models, field_classes=dict(sorted(classes(both.models.values()))))


def with_models(state: ProjectState) -> ProjectState:
    """Give the state with what models.py has beyond it."""
    found = ProjectState({key: model.clone() for key, model in state.models.items()})
    for model in map(ModelState.from_model, apps.get_models()):
        old = found.models.setdefault((model.app_label, model.name_lower), model)
        old.fields |= {name: field for name, field in model.fields.items() if name not in old.fields}
        for option in ("indexes", "constraints"):
            there = {one.name for one in old.options.get(option, ())}
            added = [one for one in model.options.get(option, ()) if one.name not in there]
            old.options = {**old.options, option: [*old.options.get(option, ()), *added]}
    return found


def known(state: ProjectState, model: ModelState, own: Collection[str]) -> KnownModel:
    described = {name: words(held.field) for name, held in columns(state, model).items()}
    if isinstance(model, JoinTable):
        owner = state.models[model.owner]
        label = f"{owner.app_label}.{owner.name}.{model.field}.through"
        return KnownModel(label=label, names=[label], short=short(label, own), columns=described, is_join_table=True)
    label = f"{model.app_label}.{model.name}"
    swappable = model.options.get("swappable")
    by_setting = [f"settings.{swappable}"] if swappable and getattr(settings, swappable, None) == label else []
    if label == settings.AUTH_USER_MODEL and not by_setting:
        by_setting = ["settings.AUTH_USER_MODEL"]
    return KnownModel(
        label=label,
        names=[label, *by_setting],
        short=short(label, own),
        columns=described,
        fields=list(held_fields(state, model)),
        objects=sorted({*(one.name for one in indexes(model)), *(one.name for one in constraints(model))}),
    )


def short(label: str, own: Collection[str]) -> str:
    """Give the name of a model where its app is that of the spec."""
    app_label, _, rest = label.partition(".")
    return rest if app_label in own else ""


def words(field: AnyField) -> str:
    """Give what an editor shows beside a column."""
    remote = getattr(field.remote_field, "model", None)
    to = f" to {remote}" if isinstance(remote, str) else ""
    return f"{type(field).__name__}{to}{', may be NULL' if field.null else ''}"


def classes(models: Iterable[ModelState]) -> Iterator[tuple[str, FieldType]]:
    for model in models:
        for field in model.fields.values():
            path = field.deconstruct()[1]
            if not path.startswith("django."):
                yield path, type(field)
