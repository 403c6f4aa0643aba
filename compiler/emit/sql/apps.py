"""Historical models for the few models that a row step is about: what Django's query compiler works with."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState, ProjectState, StateApps

from migspec.compiler.changes.cells import model_of
from migspec.compiler.changes.row_effects import row_effects
from migspec.compiler.emit.code import CannotEmit, one_line
from migspec.schemas.changes import RowChange, Touch
from migspec.schemas.data.join_tables import JoinTable
from migspec.schemas.data.paths import reads, walk
from migspec.schemas.data.rows import Insert, Lookups

Key = tuple[str, str]  # of ProjectState.models


def small_apps(changes: Collection[RowChange], state: ProjectState) -> StateApps:
    """Give the models that the changes read and write, and of those that these point at what a join needs.

    A whole project takes seconds to render, and a step is about a few of its models.
    """
    effects = row_effects(changes, state)
    touched = {*effects.reads, *effects.writes, *_looked_up(changes, state)}
    whole: dict[Key, ModelState] = {}
    parts: dict[Key, ModelState] = {}
    unmigrated: set[str] = set()
    waiting = [((touch.app_label, touch.model), True) for touch in sorted(touched, key=repr)]
    while waiting:
        key, is_whole = waiting.pop()
        model = state.models.get(key)
        if isinstance(model, JoinTable):  # Django makes it with its owner
            key, is_whole, model = model.owner, True, state.models[model.owner]
        if key in whole or (key in parts and not is_whole):
            continue
        if model is None:
            unmigrated |= {key[0]} & set(state.real_apps)
        elif is_whole or any(isinstance(base, str) for base in model.bases):
            whole[key] = _without_managers(model)
            waiting += [(_key(base), True) for base in model.bases if isinstance(base, str)]
            waiting += [(to, False) for to in _pointed_at(model)]
        else:
            parts[key] = _part(model)
            waiting += [(to, False) for to in _pointed_at(parts[key])]
    try:
        return StateApps(sorted(unmigrated), parts | whole)
    except Exception as error:  # of Django, or of the project's own fields and managers
        raise CannotEmit(f"Django does not load the models of this step: {one_line(str(error))}") from None


def _looked_up(changes: Collection[RowChange], state: ProjectState) -> Iterator[Touch]:
    """Give what the lookups of conditions lead through."""
    for change in changes:
        about = [(change.model, change.where)]
        if isinstance(change, Insert) and change.source is not None:
            about = [(change.source, change.where)]
        elif not isinstance(change, Insert) and change.join is not None:
            about.append((change.join.source, change.join.where))
        for key, condition in about:
            for name, _ in condition.items if isinstance(condition, Lookups) else ():
                yield from reads(walk(state, model_of(state, key), name))


def _without_managers(model: ModelState) -> ModelState:
    """Give a model whose managers need not be imported, but for the one through which all rows are reached."""
    if "base_manager_name" in model.options:
        return model
    found = model.clone()
    found.managers = []
    return found


def _part(model: ModelState) -> ModelState:
    """Give a model with its own columns and its key: foreign keys would draw in more and more models."""
    key = {name for field in model.fields.values() for name in getattr(field, "field_names", ())}
    fields = [
        (name, field.clone())
        for name, field in model.fields.items()
        if name in key
        or getattr(field, "primary_key", False)
        or not (field.is_relation or getattr(field, "generated", False))
    ]
    options = {name: value for name, value in model.options.items() if name == "db_table"}
    return ModelState(model.app_label, model.name, fields, options=options, bases=(models.Model,), managers=[])


def _pointed_at(model: ModelState) -> Iterator[Key]:
    for field in model.fields.values():
        remote: Any = field.remote_field
        for to in (getattr(remote, "model", None), getattr(remote, "through", None)):
            if to is not None and to != "self":
                label = to if isinstance(to, str) else to._meta.label
                yield _key(label if "." in label else f"{model.app_label}.{label}")


def _key(label: str) -> Key:
    app_label, name = label.split(".")
    return app_label, name.lower()
