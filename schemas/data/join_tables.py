"""The join tables of many-to-many fields as models, so that row steps change their rows like those of any other model.

Django's state has no model for a table that Django makes by itself; its registry has (`Article.tags.through`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from django.conf import settings
from django.db import models
from django.db.migrations.state import ModelState, ProjectState
from django.utils.module_loading import import_string

from migspec.schemas.identical import Identical

AnyField: TypeAlias = "models.Field[Any, Any]"
Key = tuple[str, str]  # of ProjectState.models


class JoinTable(ModelState):
    """The model of a join table; `owner` is the key of the model that has the many-to-many field, `field` its name."""

    owner: Key
    field: str

    @property
    def key(self) -> Key:
        return self.app_label, self.name_lower


def makes_table(field: AnyField) -> bool:
    """Whether the field is a many-to-many field for which Django makes the join table."""
    if not field.many_to_many:
        return False
    through: Any = getattr(field.remote_field, "through", None)
    return through is None or bool(getattr(getattr(through, "_meta", None), "auto_created", False))


def join_key(model: ModelState, name: str) -> Key:
    """Give the key that the join table of a field would have in ProjectState.models."""
    return model.app_label, f"{model.name_lower}_{name.lower()}"


def through_key(model: ModelState, field: AnyField) -> Key | None:
    """Give the key of the model, one of Django's or of the project, whose rows make up a many-to-many field."""
    if makes_table(field):
        return join_key(model, field.name)
    through: Any = getattr(field.remote_field, "through", None)
    if through is None:
        return None
    app_label, _, name = (through if isinstance(through, str) else through._meta.label).rpartition(".")
    return app_label or model.app_label, name.lower()


def join_tables(state: ProjectState) -> Iterator[JoinTable]:
    """Give the join tables that Django makes for the many-to-many fields of a state."""
    for model in state.models.values():
        for name, field in model.fields.items():
            if makes_table(field):
                yield _join_table(model, name, field)


def with_join_tables(state: ProjectState) -> ProjectState:
    """Give the state with a model for each join table."""
    return _with_join_tables(Identical(state))


@lru_cache(maxsize=100)  # most steps of a spec see the state of the step before
def _with_join_tables(known: Identical[ProjectState]) -> ProjectState:
    state = known.kept
    if any(isinstance(model, JoinTable) for model in state.models.values()):
        return state
    made = {table.key: table for table in join_tables(state)}
    return ProjectState({**state.models, **made}, state.real_apps) if made else state


def _join_table(model: ModelState, name: str, field: AnyField) -> JoinTable:
    """Give what Django's create_many_to_many_intermediary_model makes."""
    own = f"{model.app_label}.{model.name_lower}"
    remote: Any = field.remote_field
    label: str = remote.model if isinstance(remote.model, str) else remote.model._meta.label
    to = own if label == "self" else label if "." in label else f"{model.app_label}.{label}"
    names = [one.rpartition(".")[2].lower() for one in (own, to)]
    if names[0] == names[1]:
        names = [f"from_{names[0]}", f"to_{names[1]}"]
    key: AnyField = import_string(settings.DEFAULT_AUTO_FIELD)(verbose_name="ID", primary_key=True, auto_created=True)
    links: list[AnyField] = [
        models.ForeignKey(end, models.CASCADE, related_name=f"{model.name}_{name}+", db_constraint=remote.db_constraint)
        for end in (own, to)
    ]
    table = JoinTable(
        model.app_label,
        f"{model.name}_{name}",
        [("id", key), *zip(names, links, strict=True)],
        {"db_table": _table_name(model, name, field), "unique_together": {tuple(names)}},
    )
    table.owner, table.field = (model.app_label, model.name_lower), name
    return table


def _table_name(model: ModelState, name: str, field: Any) -> str:
    own = model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"
    return str(field.db_table or f"{own}_{name}")
