"""What a spec claims about rolling back: which columns and rows may differ afterwards; all else must be as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.db.migrations.state import ProjectState

from migspec.compiler.changes.cells import cascade
from migspec.compiler.changes.rerun import changing
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.walk import Walked
from migspec.compiler.reversing.fates import TABLE, Fates, Life, Name
from migspec.compiler.reversing.reversal import Reversal
from migspec.schemas.changes import Change, PythonChange, RowChange, SQLChange
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.data.paths import AnyField, bound, columns, related
from migspec.schemas.data.rows import Delete, Insert, ModelKey, Update
from migspec.schemas.step import DataStep, Noop


@dataclass(slots=True)
class Leeway:
    """What of some rows may be otherwise. Models are labels, columns attnames, as before the spec."""

    columns: set[tuple[str, str]] = field(default_factory=set)  # whose values may differ
    appear: set[str] = field(default_factory=set)  # models in which rows may be too many
    vanish: set[str] = field(default_factory=set)  # models in which rows may be missing
    rows: set[str] = field(default_factory=set)  # models whose rows may be others altogether
    renumbered: set[str] = field(default_factory=set)  # models whose rows may have other keys


@dataclass(frozen=True, slots=True)
class Claims:
    """What the steps of a spec say of themselves."""

    reversed: Leeway  # of the rows after rolling back, against those before
    again: Leeway  # of the rows after the change, from one run to another; names as after the spec
    writers: Mapping[str, int]  # by model before the spec: the last step that writes its rows
    has_code: bool  # whether code of the author changes rows, which claims nothing


def claims_of(planned: SpecPlan) -> Claims:
    """Work out the claims of a planned spec from its row changes and their reversals."""
    fates, reversals = planned.fates, planned.reversals
    before = with_join_tables(planned.state_before)
    return Claims(
        reversed=_reversed(fates, reversals, before, planned.walked),
        again=_again(fates, reversals),
        writers=_writers(fates, reversals, before),
        has_code=any(_is_code(moment.change) for moment in fates.moments),
    )


def _is_code(change: Change) -> bool:
    return isinstance(change, (PythonChange, SQLChange))


def _used(fates: Fates, at: int, before: ProjectState) -> Iterator[str]:
    """Give the models whose rows code of the author may write: those it names in `uses`, or all."""
    moment = fates.moments[at]
    for touch in moment.change.effects.writes if isinstance(moment.change, (PythonChange, SQLChange)) else ():
        if touch.what == "everything":
            yield from (f"{model.app_label}.{model.name}" for model in before.models.values())
        elif (model := moment.state.models.get((touch.app_label, touch.model))) is not None:
            yield first_label(fates, at, ModelKey(model.app_label, model.name), before)


# --- rolling back ---


def _reversed(
    fates: Fates, reversals: Mapping[int, Reversal], before: ProjectState, walked: Sequence[Walked]
) -> Leeway:
    found = Leeway()
    for at, moment in enumerate(fates.moments):
        step = walked[moment.step].step
        if _is_code(moment.change) and isinstance(step, DataStep) and isinstance(step.reverse, Noop):
            found.rows |= set(_used(fates, at, before))
    for at, reversal in reversals.items():
        change = fates.moments[at].change
        assert isinstance(change, RowChange)
        if reversal.fidelity == "noop":
            _allow(found, [change], fates, at, before, undone=False)
        elif reversal.fidelity == "best effort":
            _allow(found, reversal.changes or (), fates, at, before, undone=True)
    restored = set(_restored(fates, reversals))
    for number, life in enumerate(fates.lives):
        if not life.at_start or life.first is None or number in restored:
            continue
        if not life.at_end:
            _allow_lost(found, life.first, before)
        elif _is_converted(life, before, fates.after):
            found.columns.add(_column(life.first, before))
    return found


def _allow(
    found: Leeway,
    changes: tuple[RowChange, ...] | list[RowChange],
    fates: Fates,
    at: int,
    before: ProjectState,
    *,
    undone: bool,
) -> None:
    """Take in what some changes at a place may leave otherwise.

    A change that undoes another renumbers what it inserts; one that nobody undoes leaves what it inserted.
    """
    for change in changes:
        label = first_label(fates, at, change.model, before)
        if isinstance(change, Update) or (isinstance(change, Insert) and change.existing == "update"):
            names = (_first(fates, at, change.model, name) for name in _assigned(change))
            found.columns |= {_column(name, before) for name in names if name is not None}
        match change:
            case Insert() if label:
                (found.rows if undone else found.appear).add(label)
            case Delete() if label:
                found.vanish.add(label)
                if change.cascade:
                    _allow_cascade(found, fates, at, change.model, before)


def _assigned(change: Update | Insert) -> set[str]:
    """Give the columns that a change sets."""
    rows = [change.assign, *(change.rows if isinstance(change, Insert) else ())]
    return {name for row in rows for name, _ in row}


def _allow_cascade(found: Leeway, fates: Fates, at: int, model: ModelKey, before: ProjectState) -> None:
    """Take in what goes with deleted rows, or is set to NULL where it pointed to them."""
    state = fates.moments[at].state
    gone = cascade(state, state.models[model.lower])
    for key in gone:
        found.vanish.add(first_label(fates, at, ModelKey(key[0], state.models[key].name), before))
        for name, one in state.models[key].fields.items():
            if one.remote_field and not one.many_to_many:
                first = _first(fates, at, ModelKey(*key), bound(state.models[key], name, one).attname)
                found.columns |= {_column(first, before)} if first else set()


def _restored(fates: Fates, reversals: Mapping[int, Reversal]) -> Iterator[int]:
    """Give the tables and columns whose values a reversal brings back."""
    for at, reversal in reversals.items():
        for change in reversal.changes or ():
            if isinstance(change, Insert):
                yield from _numbers(fates, at, change.model, TABLE)
            if isinstance(change, (Insert, Update)):
                for name in _assigned(change):
                    yield from _numbers(fates, at, change.model, name)


def _allow_lost(found: Leeway, name: Name, before: ProjectState) -> None:
    """A table or a column that the spec drops comes back empty, where no step brings its values back."""
    model = before.models[name[:2]]
    if name[2] == TABLE:
        found.rows.add(f"{model.app_label}.{model.name}")
    elif not model.fields[name[2]].many_to_many:
        found.columns.add(_column(name, before))


def _is_converted(life: Life, before: ProjectState, after: ProjectState) -> bool:
    """Whether a column that stays is defined so that its old values may not fit: a schema step changes them."""
    if life.first is None or life.last is None or life.first[2] == TABLE:
        return False
    old, new = (
        _shape(state.models[name[:2]].fields[name[2]]) for state, name in ((before, life.first), (after, life.last))
    )
    return old != new


def _shape(column: AnyField) -> tuple[object, ...]:
    sizes = (getattr(column, name, None) for name in ("max_length", "max_digits", "decimal_places"))
    return column.get_internal_type(), column.null, *sizes


# --- from run to run ---


def _again(fates: Fates, reversals: Mapping[int, Reversal]) -> Leeway:
    """Give what another run of the same spec on the same rows may leave otherwise: keys that the database gives, values
    that are not computed from the rows."""
    found = Leeway()
    after = fates.after
    for at in reversals:
        change = fates.moments[at].change
        if isinstance(change, Delete) or not isinstance(change, RowChange):
            continue
        rows = [change.assign] if isinstance(change, Update) or change.source else [*change.rows]
        state = fates.moments[at].state
        for row in rows:
            unknown = {name for name, value in row if changing(value)}
            if isinstance(change, Insert):
                held = columns(state, state.models[change.model.lower])
                unknown |= {name for name in held.keys() - dict(row).keys() if _is_given_by_the_run(held[name].field)}
            for name in unknown:
                for number in _numbers(fates, at, change.model, name):
                    found.columns |= _last_column(fates, number)
    for number, life in enumerate(fates.lives):
        if life.at_start or life.last is None or life.last[2] == TABLE or life.last[:2] not in after.models:
            continue
        if _is_given_by_the_run(after.models[life.last[:2]].fields[life.last[2]]):
            found.columns |= _last_column(fates, number)
    keys = {column for column in found.columns if _is_key(column, after)}
    found.columns -= keys
    found.renumbered = {label for label, _ in keys}
    found.columns |= set(_pointing_at(found.renumbered, after))
    return found


def _is_given_by_the_run(column: AnyField) -> bool:
    """Whether the database, a function or the clock gives the value that a new row does not name."""
    return (
        isinstance(column, models.AutoField)
        or (column.has_default() and callable(column.default))
        or column.has_db_default()
        or getattr(column, "auto_now", False)
        or getattr(column, "auto_now_add", False)
    )


def _is_key(column: tuple[str, str], state: ProjectState) -> bool:
    label, name = column
    held = columns(state, state.models[_lower(label)]).get(name)
    return held is not None and held.field.primary_key


def _lower(label: str) -> tuple[str, str]:
    app_label, _, name = label.partition(".")
    return app_label, name.lower()


def _pointing_at(labels: Collection[str], state: ProjectState) -> Iterator[tuple[str, str]]:
    """Give the columns that hold keys of these models."""
    keys = {_lower(label) for label in labels}
    for model in state.models.values() if keys else ():
        for held in columns(state, model).values():
            to = related(state, held) if held.field.remote_field else None
            if to is not None and (to.app_label, to.name_lower) in keys:
                yield f"{model.app_label}.{model.name}", held.field.attname


def _last_column(fates: Fates, number: int) -> set[tuple[str, str]]:
    """Give the column by its name after the spec; nothing for one that is gone."""
    last = fates.lives[number].last
    return {_column(last, fates.after)} if last is not None and last[:2] in fates.after.models else set()


# --- who writes what ---


def _writers(fates: Fates, reversals: Mapping[int, Reversal], before: ProjectState) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, moment in enumerate(fates.moments):
        found |= dict.fromkeys(_used(fates, at, before), moment.step)
        changes = (moment.change, *(reversals[at].changes or ())) if at in reversals else ()
        for change in changes:
            if isinstance(change, RowChange):
                found[first_label(fates, at, change.model, before)] = moment.step
    return found


# --- names ---


def _numbers(fates: Fates, at: int, model: ModelKey, name: str) -> Iterator[int]:
    """Give what a field, or the column of one, is followed by; nothing for one that a parent holds."""
    state = fates.moments[at].state
    if name != TABLE:
        held = columns(state, state.models[model.lower]).get(name)
        if held is None:
            return
        model, name = ModelKey(held.model.app_label, held.model.name), held.field.name
    number = fates.names[at].get((*model.lower, name))
    if number is not None:
        yield number


def _first(fates: Fates, at: int, model: ModelKey, name: str) -> Name | None:
    """Give the name that something had before the spec; None for what was not there."""
    return next((fates.lives[number].first for number in _numbers(fates, at, model, name)), None)


def first_label(fates: Fates, at: int, model: ModelKey, before: ProjectState) -> str:
    """Give the label that a model had before the spec; nothing for what was not there."""
    first = _first(fates, at, model, TABLE)
    if first is None or first[:2] not in before.models:
        return ""
    state = before.models[first[:2]]
    return f"{state.app_label}.{state.name}"


def _column(name: Name, state: ProjectState) -> tuple[str, str]:
    model = state.models[name[:2]]
    return f"{model.app_label}.{model.name}", bound(model, name[2], model.fields[name[2]]).attname
