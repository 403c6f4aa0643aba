"""The models of a diagram: those that a spec touches with their columns, and their neighbours by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.reversing.fates import Fates, Name
from migspec.compiler.review.review import Column, Models, Relation, Table

Key = tuple[str, str]  # of ProjectState.models
Marks = dict[Name, str]
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
    gone, new = _marks(plan.fates, before, after)
    return _models(before, touched, fields, gone), _models(after, touched, fields, new)


def _marks(fates: Fates, before: ProjectState, after: ProjectState) -> tuple[Marks, Marks]:
    """Give what is to be said of columns before and after: they go, change, are new, or have another name."""
    old: Marks = {}
    new: Marks = {}
    first = {number: name for name, number in fates.names[0].items()}
    last = {number: name for name, number in fates.names[-1].items()}
    for number in first.keys() | last.keys():
        was, is_now = first.get(number), last.get(number)
        if was is None and is_now is not None:
            new[is_now] = "new"
        elif is_now is None and was is not None:
            old[was] = "goes"
        elif was is not None and is_now is not None and (said := _changed(_field(before, was), _field(after, is_now))):
            old[was] = "changes"
            new[is_now] = said
    return old, new


def _field(state: ProjectState, name: Name) -> Any:
    model = state.models.get(name[:2])
    return (name[2], model.fields[name[2]]) if model and name[2] in model.fields else None


def _changed(was: Any, is_now: Any) -> str:
    if was is None or is_now is None:
        return ""
    if was[1].deconstruct()[1:] != is_now[1].deconstruct()[1:]:
        return "changed"
    return "renamed" if was[0] != is_now[0] else ""


def _models(state: ProjectState, touched: set[Key], fields: Mapping[Key, set[str]], marks: Marks) -> Models:
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


def _table(model: ModelState, touched: set[str], marks: Marks) -> Table:
    key = (model.app_label, model.name_lower)
    columns: list[Column] = []
    for name, field in model.fields.items():
        if field.many_to_many:
            continue
        mark = marks.get((*key, name), "")
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
