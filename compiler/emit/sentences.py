"""What a row change does, in one sentence: the docstrings of generated functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.changes.cells import model_of
from migspec.compiler.emit.code import one_line
from migspec.schemas.changes import RowChange
from migspec.schemas.data.paths import columns
from migspec.schemas.data.rows import (
    Column,
    Computed,
    Condition,
    Constant,
    Converted,
    Delete,
    Existence,
    Filter,
    Insert,
    JointlyMapped,
    Kept,
    KeyOf,
    Lookups,
    Mapped,
    ModelKey,
    Numbered,
    PerRow,
    PythonValue,
    Repeated,
    Reshaped,
    Update,
    Value,
)

SHORT = 40
LONG = " that the condition selects"  # in place of a condition that would take more than a line


def sentence(change: RowChange, state: ProjectState) -> str:
    """Say what a change does, without a full stop."""
    match change:
        case Update():
            return _update(change, state)
        case Insert():
            return _insert(change)
        case Delete():
            return _delete(change)


def source_of(change: RowChange) -> ModelKey | None:
    """Give the model of the source rows."""
    if isinstance(change, Insert):
        return change.source
    return change.join.source if change.join else None


def restoring(changes: Sequence[RowChange], dropped: Collection[ModelKey], state: ProjectState) -> list[str]:
    """Say in few sentences what comes back from side tables; `dropped` are models that come back without rows."""
    deleted = [change.model.name for change in changes if isinstance(change, Delete)]
    again = [change.model.name for change in changes if isinstance(change, Insert) and change.model in dropped]
    inserted = [change.model.name for change in changes if isinstance(change, Insert) and change.model not in dropped]
    updated = [
        f"{change.model.name}.{_field(state, model_of(state, change.model), name)}"
        for change in changes
        if isinstance(change, Update)
        for name, _ in change.assign
    ]
    said = {
        "Delete the added rows of {}": deleted,
        "Insert the deleted rows of {} again": inserted,
        "Insert the rows of {} again": again,
        "Set {} back": updated,
    }
    return [sentence.format(listed(names)) for sentence, names in said.items() if names]


def _update(change: Update, state: ProjectState) -> str:
    model = model_of(state, change.model)
    if change.join is not None and isinstance(change.join.where, Repeated):
        (name, _), *_ = change.assign
        return f"Let {model.name}.{_field(state, model, name)} point at the {change.join.source.name} that is kept"
    said = listed([f"{model.name}.{_field(state, model, name)}" for name, _ in change.assign[:1]])
    said = listed([said, *(_field(state, model, name) for name, _ in change.assign[1:])])
    if change.join is not None:
        source = change.join.source.name
        first = f", the first by {', '.join(change.join.order)}" if change.join.order else ""
        return f"Set {said} from the {source} of each {model.name}{first}{in_rows(change.where)}"
    values = {_value(value) for _, value in change.assign}
    return f"Set {said} {values.pop() if len(values) == 1 else ''}".rstrip() + in_rows(change.where)


def _insert(change: Insert) -> str:
    update = change.key and change.existing == "update"
    verb, by = ("Insert or update", f" by {listed(change.key)}") if update else ("Insert", "")
    if change.source is not None:
        return f"{verb} {a(change.model.name)} for each {change.source.name}{selected(change.where)}{by}"
    unless = f", each unless its {listed(change.key)} is there" if change.key and change.existing == "skip" else ""
    return f"{verb} {_rows(len(change.rows), change.model.name)}{by}{unless}"


def _delete(change: Delete) -> str:
    return f"{_deleted(change)}, but for rows that others point at" if change.unreferenced else _deleted(change)


def _deleted(change: Delete) -> str:
    if change.rows:
        return f"Delete the {_rows(len(change.rows), change.model.name)} listed above"
    if change.join is not None:
        pairs = listed([f"{ours} is the {theirs}" for ours, theirs in change.join.on])
        also = selected(change.where).replace(" where ", " and ", 1)
        return f"Delete the rows of {change.model.name} where {pairs} of a {change.join.source.name}{also}"
    return (
        f"Delete the rows of {change.model.name}{selected(change.where)}"
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
        case JointlyMapped():
            return f"by the values of {listed([column.path.replace('__', '.') for column in value.columns])}"
        case Existence():
            return f"to whether there are {value.relation}"
        case Numbered():
            within = (
                f" within each {listed([name.replace('__', '.') for name in value.within])}" if value.within else ""
            )
            return f"to the number of the row{within}"
        case PythonValue():
            return "to what the function above gives for each row"
        case Converted():
            return f"to {value.column.path}, converted"
        case Reshaped():
            return f"to {value.column.path} in its new shape"
        case KeyOf():
            return f"to the key of the {value.model.name}{selected(value.where).replace(' where ', ' whose ', 1)}"
        case PerRow():
            return f"to {value.expression.text}(), called for each row"
        case Kept():
            return "to the row that is kept"


def selected(condition: Condition) -> str:
    """Say which rows a condition selects: " where flag=True"; nothing where it is all of them."""
    match condition:
        case Repeated():
            return (
                f" that repeat {listed(condition.key).replace('__', '.')}, but the first by {listed(condition.order)}"
            )
        case Filter():
            text = one_line(condition.expression.text)
            return f" where {text}" if len(text) <= SHORT else LONG
        case Lookups() if condition.items:
            text = " and ".join(_lookup(name, value) for name, value in condition.items)
            return f" where {text}" if len(text) <= 2 * SHORT else LONG
    return ""


def in_rows(condition: Condition) -> str:
    """Say it where no word for rows stands before it: " in the rows that the condition selects"."""
    text = selected(condition)
    return f" in the rows{text}" if text == LONG else text


def _lookup(name: str, value: Any) -> str:
    if name.endswith("__isnull"):
        return f"{name.removesuffix('__isnull').replace('__', '.')} is {'' if value else 'not '}NULL"
    return f"{name}={_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, Column):
        return value.path.replace("__", ".")
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else repr(value)
    text = repr(text) if isinstance(value, str) else text
    return text if len(text) <= SHORT else f"{text[: SHORT - 3]}..."


def _field(state: ProjectState, model: ModelState, attname: str) -> str:
    held = columns(state, model).get(attname)
    return held.field.name if held else attname


def _rows(number: int, model: str) -> str:
    return f"{number} row{'' if number == 1 else 's'} of {model}"


def a(name: str) -> str:
    """Put the article before a name."""
    return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"


def listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
