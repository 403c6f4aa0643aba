"""The models of a diagram: those that a spec touches with their columns, and their neighbours by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.review.review import Column, Models, Relation, Table

Key = tuple[str, str]  # of ProjectState.models
# A model with more columns than that shows those that are touched, and its keys.
WIDEST = 12


def models_of(plan: SpecPlan) -> tuple[Models, Models]:
    """Give the models before and after a spec."""
    before, after = plan.state_before, plan.walked[-1].after if plan.walked else plan.state_before
    touches = {touch for unit in plan.units for touch in unit.effects.writes if touch.model}
    touched = {(touch.app_label, touch.model) for touch in touches}
    fields: dict[Key, set[str]] = {}
    for touch in touches:
        if touch.name:
            fields.setdefault((touch.app_label, touch.model), set()).add(touch.name)
    gone = _marks(before, after, touched, "goes")
    new = _marks(after, before, touched, "new")
    return _models(before, touched, fields, gone), _models(after, touched, fields, new)


def _marks(one: ProjectState, other: ProjectState, touched: set[Key], alone: str) -> dict[tuple[Key, str], str]:
    """Give what is to be said of the columns of a state: those that the other has not, and those that differ there."""
    found = {}
    for key in touched & one.models.keys():
        for name, field in one.models[key].fields.items():
            there = other.models[key].fields.get(name) if key in other.models else None
            if there is None:
                found[key, name] = alone
            elif there.deconstruct()[1:] != field.deconstruct()[1:]:
                found[key, name] = "changes" if alone == "goes" else "changed"
    return found


def _models(
    state: ProjectState, touched: set[Key], fields: Mapping[Key, set[str]], marks: Mapping[tuple[Key, str], str]
) -> Models:
    tables = [_table(state.models[key], fields.get(key, set()), marks) for key in sorted(touched & state.models.keys())]
    relations = []
    for key in sorted(state.models):
        model = state.models[key]
        for name, field in model.fields.items():
            other = _pointed_at(model, field)
            if other in state.models and (key in touched or other in touched):
                relations.append(_relation(state, model, name, field, other))
    shown = {table.label for table in tables}
    ends = [end for relation in relations for end in (relation.one, relation.other)]
    neighbours = [Table(label=label) for label in sorted(set(ends) - shown)]
    return Models(tables=[*tables, *neighbours], relations=relations)


def _table(model: ModelState, touched: set[str], marks: Mapping[tuple[Key, str], str]) -> Table:
    key = (model.app_label, model.name_lower)
    columns = []
    for name, field in model.fields.items():
        if field.many_to_many:
            continue
        mark = marks.get((key, name), "")
        is_key = getattr(field, "primary_key", False) or field.is_relation
        if len(model.fields) > WIDEST and not (mark or is_key or touched & {name, f"{name}_id"}):
            continue
        columns.append(_column(name, field, mark))
    concrete = sum(not field.many_to_many for field in model.fields.values())
    return Table(label=label(model), columns=columns, left_out=concrete - len(columns))


def _column(name: str, field: Any, mark: Any) -> Column:
    kind: Any = ""
    if getattr(field, "primary_key", False):
        kind = "PK"
    elif field.is_relation:
        kind = "FK"
    elif getattr(field, "unique", False):
        kind = "UK"
    return Column(name=name, type=type(field).__name__, key=kind, mark=mark)


def _pointed_at(model: ModelState, field: Any) -> Key:
    to = getattr(field.remote_field, "model", None) if field.remote_field else None
    if to is None:
        return "", ""
    if to == "self":
        return model.app_label, model.name_lower
    dotted = to if isinstance(to, str) else to._meta.label
    app_label, _, name = dotted.rpartition(".")
    return app_label or model.app_label, name.lower()


def _relation(state: ProjectState, model: ModelState, name: str, field: Any, other: Key) -> Relation:
    kind: Any = "many to one"
    if field.many_to_many or field.one_to_one:
        kind = "many to many" if field.many_to_many else "one to one"
    return Relation(one=label(model), other=label(state.models[other]), kind=kind, nullable=bool(field.null), name=name)


def label(model: ModelState) -> str:
    return f"{model.app_label}.{model.name}"
