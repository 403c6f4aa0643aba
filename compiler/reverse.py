"""Reversing data steps: what undoes a step, given what becomes of the columns that it reads and writes.

Rolling back owes the values of every column that was there before the spec, of those that it drops and of those that it
keeps. It owes nothing for what the spec has made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from migspec.compiler.fates import Fates
from migspec.compiler.reversal import Reversal, Underivable, made, together
from migspec.compiler.reverse_insert import reverse_insert
from migspec.compiler.reverse_update import reverse_update
from migspec.compiler.view import View, comes_back_filled, key_of
from migspec.schemas.changes import Change, PythonChange, RowChange, SQLChange
from migspec.schemas.collect import Collected
from migspec.schemas.rows import Delete, Insert, ModelKey, Update
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep, Irreversible, Noop

GIVING_UP = ('reverse: {irreversible: "why it cannot come back"}', 'reverse: {noop: "why it may stay"}')

# --- one change ---


def reverse(fates: Fates, at: int) -> Reversal:
    """Give what undoes the row change at place `at` of a spec; Underivable where that would lose values."""
    view = View(fates, at)
    match view.change:
        case Update():
            found = reverse_update(view, view.change)
        case Insert():
            found = reverse_insert(view, view.change)
        case Delete():
            found = reverse_delete(view, view.change)
    check_nothing_is_lost(view)
    return found


def reverse_delete(view: View, change: Delete) -> Reversal:
    """What is deleted from a table that the spec made is not owed; anything else is lost."""
    if view.table_fate(change.model) in ("fresh", "transient"):
        return made([])
    skeleton = f"reverse:\n  - insert_rows: {change.model.name}\n    rows: [...]"
    raise Underivable(f"the deleted rows of {change.model.name} would be lost", skeleton)


def check_nothing_is_lost(view: View) -> None:
    """Underivable where a value is computed from a column that is dropped, and nothing tells what the column held."""
    for held, value in view.assigned:
        for walked in view.read_by(value):
            read = walked.held
            if read is None or not view.goes_later(read) or view.number(read) == view.number(held):
                continue
            if not any(other.restores(view.number(read)) for other in view.all):
                raise Underivable(
                    f"{read.model.name}.{read.field.name} is dropped, and what it held could not be told from"
                    f" {held.model.name}.{held.field.name}"
                )


# --- a step ---


def reversal_of(step: DataStep, scope: Scope, fates: Fates, places: Sequence[int]) -> Reversal:
    """Give what rolling a step back does; `places` are those of its changes in `fates.moments`.

    SpecError: E501 where `auto` would lose values, and whatever is wrong in the steps of a written reverse.
    """
    match step.reverse:
        case Noop(noop=reason):
            return Reversal(changes=(), fidelity="noop", differs=reason)
        case Irreversible(irreversible=reason):
            return Reversal(changes=None, fidelity="irreversible", differs=reason)
        case list():
            return Reversal(changes=written(step.reverse, scope), fidelity="written")
        case "auto":
            try:
                return together([reverse(fates, at) for at in reversed(places)])
            except Underivable as problem:
                raise scope.error(
                    "E501",
                    f"no reverse can be derived: {problem.lost}",
                    step.verb,
                    hint="\n".join(["write one of", *problem.alternatives, *GIVING_UP]),
                    key=True,
                ) from None
    # Code of the author brings its reverse along.
    return Reversal(changes=(), fidelity="written")


def written(steps: Sequence[DataStep], scope: Scope) -> tuple[RowChange, ...]:
    """Give the changes of a written reverse; its names are those at the step's own place."""
    problems = Collected()
    changes: list[RowChange] = []
    for index, step in enumerate(steps):
        inner = replace(scope, path=(*scope.path, "reverse", index))
        with problems.catching():
            if step.reverse != "auto":
                message = "a step of a reverse has no reverse of its own"
                raise inner.error("E208", message, "reverse", hint="remove it", key=True)
            for change in step.changes(inner):
                if not isinstance(change, Update | Insert | Delete):
                    message = f"{step.verb} cannot stand in a reverse yet"
                    raise inner.error("E502", message, step.verb, hint="write the step itself as run_python", key=True)
                changes.append(change)
    problems.throw()
    return tuple(changes)


# --- NOT NULL ---


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A NOT NULL column that is to be made nullable before a row change, under its name there."""

    at: int  # the row change, as an index of Fates.moments
    model: ModelKey
    field: str


def needs_relaxing(fates: Fates, reversals: Mapping[int, Reversal]) -> list[Relaxed]:
    """Give the columns that are dropped, and that a reversal fills after they came back.

    A NOT NULL column without a default cannot come back on a table with rows. `reversals` are by the place of their change.
    """
    found: dict[int, Relaxed] = {}
    for at, reversal in sorted(reversals.items()):
        view = View(fates, at)
        for change in reversal.changes or ():
            for name, _ in change.assign if isinstance(change, Update) else ():
                held = view.held(change.model, name)
                key = key_of(held.model)
                if view.life(held).at_end or not fates.life(at, key).at_end or comes_back_filled(held):
                    continue
                found.setdefault(view.number(held), Relaxed(at, key, held.field.name))
    return list(found.values())


