"""What a row change does, in one sentence: the docstrings of generated functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.cells import model_of
from migspec.compiler.emit.code import one_line
from migspec.schemas.changes import RowChange
from migspec.schemas.paths import columns
from migspec.schemas.rows import (
    Column,
    Computed,
    Condition,
    Constant,
    Delete,
    Filter,
    Insert,
    Lookups,
    Mapped,
    PerRow,
    Update,
    Value,
)

SHORT = 40


def sentence(change: RowChange, state: ProjectState) -> str:
    """Say what a change does, without a full stop."""
    match change:
        case Update():
            return _update(change, state)
        case Insert():
            return _insert(change)
        case Delete():
            return _delete(change)


def _update(change: Update, state: ProjectState) -> str:
    model = model_of(state, change.model)
    said = listed([f"{model.name}.{_field(state, model, name)}" for name, _ in change.assign[:1]])
    said = listed([said, *(_field(state, model, name) for name, _ in change.assign[1:])])
    if change.join is not None:
        source = change.join.source.name
        first = f", the first by {', '.join(change.join.order)}" if change.join.order else ""
        return f"Set {said} from the {source} of each {model.name}{first}{_where(change.where)}"
    values = {_value(value) for _, value in change.assign}
    return f"Set {said} {values.pop() if len(values) == 1 else ''}".rstrip() + _where(change.where)


def _insert(change: Insert) -> str:
    update = change.key and change.existing == "update"
    verb, by = ("Insert or update", f" by {listed(change.key)}") if update else ("Insert", "")
    if change.source is not None:
        return f"{verb} a {change.model.name} for each {change.source.name}{_where(change.where)}{by}"
    unless = f", each unless its {listed(change.key)} is there" if change.key and change.existing == "skip" else ""
    return f"{verb} {_rows(len(change.rows), change.model.name)}{by}{unless}"


def _delete(change: Delete) -> str:
    if change.rows:
        return f"Delete the {_rows(len(change.rows), change.model.name)} listed above"
    return (
        f"Delete the rows of {change.model.name}{_where(change.where)}"
        if change.where
        else f"Delete every {change.model.name}"
    )


def _value(value: Value) -> str:
    match value:
        case Constant():
            return f"to {'NULL' if value.value is None else _short(value.value)}"
        case Column():
            return f"from {value.path.replace('__', '.')}"
        case Mapped():
            return f"by the value of {value.column.path.replace('__', '.')}"
        case Computed():
            text = one_line(value.expression.text)
            return f"to {text}" if len(text) <= SHORT else "to an expression"
        case PerRow():
            return f"to {value.expression.text}(), called for each row"


def _where(condition: Condition) -> str:
    match condition:
        case Filter():
            text = one_line(condition.expression.text)
            return f" where {text}" if len(text) <= SHORT else " that the condition selects"
        case Lookups() if condition.items:
            text = " and ".join(_lookup(name, value) for name, value in condition.items)
            return f" where {text}" if len(text) <= 2 * SHORT else " that the condition selects"
    return ""


def _lookup(name: str, value: Any) -> str:
    if name.endswith("__isnull"):
        return f"{name.removesuffix('__isnull').replace('__', '.')} is {'' if value else 'not '}NULL"
    return f"{name}={_short(value)}"


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else repr(value)
    text = repr(text) if isinstance(value, str) else text
    return text if len(text) <= SHORT else f"{text[: SHORT - 3]}..."


def _field(state: ProjectState, model: ModelState, attname: str) -> str:
    held = columns(state, model).get(attname)
    return held.field.name if held else attname


def _rows(number: int, model: str) -> str:
    return f"{number} row{'' if number == 1 else 's'} of {model}"


def listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
