"""What can be said of a spec without the project: whether its names fit together, and how many are not checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, Path, SpecError, nearest
from migspec.dsl.expressions import Expression
from migspec.dsl.names import ElementName, ModelName
from migspec.schemas.fields.field import FieldValue
from migspec.schemas.recipe import Recipe
from migspec.schemas.step import Step

Model = tuple[str, str]  # app label and class name
FIELD_VERBS = ("add_field", "alter_field", "remove_field", "rename_field")


@dataclass(slots=True)
class Known:
    """What the steps so far have made and taken away."""

    made: dict[Model, set[str] | None] = field(default_factory=dict)  # its fields, None where it has bases
    gone: dict[Model, str] = field(default_factory=dict)  # what became of it
    added: set[tuple[Model, str]] = field(default_factory=set)
    taken: dict[tuple[Model, str], str] = field(default_factory=dict)  # what became of a field


def check_offline(spec: SpecFile) -> int:
    """Give how many references only the project can confirm; SpecError with those that the spec itself contradicts."""
    known = Known()
    problems: list[Diagnostic] = []
    unchecked = 0
    for index, step in enumerate(spec.spec.steps):
        for path, reference in _references(step, ("steps", index)):
            model = _model_of(reference, spec)
            if model is None:
                unchecked += 1
            elif model in known.gone:
                problems.append(_problem("E302", f"the model '{model[1]}' {known.gone[model]}", spec, path))
            elif model not in known.made:
                unchecked += 1
        problems += _of_the_element(step, index, spec, known)
        _follow(step, spec.place("steps", index).line, spec, known)
    if problems:
        raise SpecError(*problems)
    return unchecked


def _problem(code: str, message: str, spec: SpecFile, path: Path, hint: str = "") -> Diagnostic:
    return Diagnostic(code, message, spec.place(*path), hint)


def _of_the_element(step: Step, index: int, spec: SpecFile, known: Known) -> Iterator[Diagnostic]:
    """Say where a step makes what is there, or is about a field that an earlier step took away or never made."""
    path = ("steps", index, step.verb)
    about = step.about
    model = _model_of(about, spec)
    if model is None or model in known.gone:
        return
    if step.verb == "create_model" and model in known.made:
        yield _problem("E305", f"an earlier step creates the model '{model[1]}'", spec, path)
    if step.verb not in FIELD_VERBS or not isinstance(about, ElementName):
        return
    there = known.made.get(model)
    if step.verb == "add_field":
        if (model, about.name) in known.added or about.name in (there or ()):
            yield _problem("E305", f"an earlier step adds '{model[1]}.{about.name}'", spec, path)
    elif (model, about.name) in known.taken:
        yield _problem("E303", f"'{model[1]}.{about.name}' {known.taken[model, about.name]}", spec, path)
    elif there is not None and about.name not in there:
        message = f"{model[1]} has no field '{about.name}' at this place"
        yield _problem("E303", message, spec, path, nearest(about.name, there))


def _follow(step: Step, line: int, spec: SpecFile, known: Known) -> None:
    """Take in what a step in that line makes and takes away."""
    about = step.about
    model = _model_of(about, spec)
    if model is None:
        return
    if isinstance(step, Recipe):  # which fields it moves, the project says
        named = (_model_of(reference, spec) for _, reference in _references(step, ()))
        known.made |= {one: None for one in named if one in known.made}
        known.taken = {one: what for one, what in known.taken.items() if one[0] != model}
        return
    to: Any = getattr(step, "to", None)
    match step.verb:
        case "create_model":
            fields = set(getattr(step, "fields", None) or {})
            known.made[model] = None if getattr(step, "bases", None) else fields | {"id"}
            known.gone.pop(model, None)
        case "delete_model":
            _take(model, f"is deleted in line {line}", known)
        case "rename_model":
            fields_of = known.made.get(model)
            has_fields = model in known.made
            _take(model, f"is called '{to}' since line {line}", known)
            known.gone.pop((model[0], to), None)
            if has_fields:
                known.made[model[0], to] = fields_of
        case "add_field" | "remove_field" | "rename_field" if isinstance(about, ElementName):
            fields_there = known.made.get(model)
            new = about.name if step.verb == "add_field" else to if step.verb == "rename_field" else None
            if step.verb != "add_field":
                became = f"is called '{to}'" if step.verb == "rename_field" else "is removed"
                known.taken[model, about.name] = f"{became} since line {line}" if to else f"{became} in line {line}"
                known.added.discard((model, about.name))
                (fields_there or set()).discard(about.name)
            if new is not None:
                known.taken.pop((model, new), None)
                known.added.add((model, new))
                if fields_there is not None:
                    fields_there.add(new)


def _take(model: Model, became: str, known: Known) -> None:
    known.gone[model] = became
    known.made.pop(model, None)
    known.added = {one for one in known.added if one[0] != model}
    known.taken = {one: what for one, what in known.taken.items() if one[0] != model}


def _model_of(reference: Any, spec: SpecFile) -> Model | None:
    if isinstance(reference, ElementName):
        reference = reference.model
    if isinstance(reference, ModelName) and not reference.setting:
        return reference.app_label or spec.spec.app, reference.model
    return None


def _references(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Give models, elements, expressions and dotted classes, with their places as far as they have one."""
    if isinstance(value, (ModelName, ElementName, Expression)):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield from _references(getattr(value, name), (*path, info.alias or name))
    elif isinstance(value, FieldValue):
        if "." in value.class_name:
            yield path, value.class_name
        yield from _inside(value, path)
    elif dataclasses.is_dataclass(value):
        yield from _inside(value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _references(item, (*path, key) if isinstance(key, str) else path)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _references(item, (*path, index))


def _inside(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Look into what was read from one value; its parts have no places of their own."""
    for part in dataclasses.fields(value):
        for _, reference in _references(getattr(value, part.name), path):
            yield path, reference
