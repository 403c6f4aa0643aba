"""How every row step of a spec comes back: as its author says, or as the calculus derives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

from migspec.compiler.planning.walk import Walked
from migspec.compiler.reversing.fates import Fates
from migspec.compiler.reversing.kept import CannotKeep, keep, saved_whole
from migspec.compiler.reversing.parents_first import parents_first
from migspec.compiler.reversing.reversal import Reversal
from migspec.compiler.reversing.reverse import Underivable, reverse
from migspec.compiler.reversing.side_table import Names
from migspec.compiler.reversing.view import View
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order
from migspec.schemas.changes import RowChange
from migspec.schemas.data.join_tables import JoinTable
from migspec.schemas.data.rows import Delete, Insert, ModelKey, Update
from migspec.schemas.errors.pasting import Line, lines_hint
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep, Irreversible, Noop


def reversals_of(
    walked: Sequence[Walked],
    fates: Fates,
    names: Callable[[Walked, RowChange], Names],
    emit: Literal["python", "sql"] = "python",
) -> dict[int, Reversal]:
    """Give the reversal of each row change by its place in `fates`; E501 where there is none.

    `names` are those of a step's side tables; `emit` is what steps become that do not say it.
    """
    found: dict[int, Reversal] = {}
    fates = with_kept(walked, fates, emit)
    problems: list[Diagnostic] = []
    wrong: set[int] = set()  # one complaint about a step is enough
    for at, moment in enumerate(fates.moments):
        if isinstance(moment.change, (Update, Insert, Delete)) and moment.step not in wrong:
            try:
                place = walked[moment.step]
                parts = [change for other in walked if other.index == place.index for change in other.changes]
                alone = sum(isinstance(part, (Update, Insert, Delete)) for part in parts) == 1
                found[at] = _reversal(place, fates, at, names(place, moment.change), emit, alone=alone)
                with _told_at(place, fates, at, emit):
                    found |= parents_first(fates, found, at)
            except SpecError as error:
                problems += error.diagnostics
                wrong.add(moment.step)
    if problems:
        raise SpecError(*in_order(problems))
    return found


def with_kept(walked: Sequence[Walked], fates: Fates, emit: Literal["python", "sql"]) -> Fates:
    """Take in what steps bring back by keep_old of all that is dropped: the steps before them need not do so."""
    for at, moment in reversed([*enumerate(fates.moments)]):
        step = walked[moment.step].step
        if not isinstance(moment.change, (Update, Insert, Delete)) or not isinstance(step, DataStep):
            continue
        if step.keep_old and step.reverse == "auto" and (kept := _kept(fates, at, step.emit or emit)):
            added = {at} if any(save.added for save in kept.saves) else set()
            whole = saved_whole(View(fates, at), kept.saves)
            fates = replace(fates, kept=fates.kept | whole, added=fates.added | added)
    return fates


def _kept(fates: Fates, at: int, emit: Literal["python", "sql"]) -> Reversal | None:
    """Give what keep_old makes of a change, whatever its side tables are called; None where it cannot."""
    try:
        return keep(View(fates, at), Names("", "", 0, set()), emit)
    except (CannotKeep, Underivable):
        return None


def _reversal(
    place: Walked, fates: Fates, at: int, names: Names, emit: Literal["python", "sql"], *, alone: bool
) -> Reversal:
    step = place.step
    assert isinstance(step, DataStep)
    if step.keep_old and step.reverse != "auto":
        message = "'keep_old' is for the derived reverse, and 'reverse' gives another"
        raise place.scope.error("E208", message, "keep_old", hint="leave one of them out", key=True)
    match step.reverse:
        case Noop():
            return Reversal(changes=(), fidelity="noop", differs=step.reverse.noop)
        case Irreversible():
            return Reversal(changes=None, fidelity="irreversible", differs=step.reverse.irreversible)
        case list():
            return Reversal(changes=tuple(_written(place)), fidelity="written")
    with _told_at(place, fates, at, emit):
        try:
            if step.keep_old:  # what the step itself keeps is found anew, with the names of its side tables
                others = frozenset(kept for kept in fates.kept if kept[0] != at)
                return keep(View(replace(fates, kept=others), at), names, step.emit or emit)
            return reverse(fates, at)
        except CannotKeep as error:
            if error.code == "E503" and not alone:  # the other parts of the step keep something
                return reverse(fates, at)
            raise


@contextmanager
def _told_at(place: Walked, fates: Fates, at: int, emit: Literal["python", "sql"]) -> Iterator[None]:
    """Say what cannot be undone as an error of the step."""
    step = place.step
    assert isinstance(step, DataStep)
    try:
        yield
    except CannotKeep as error:
        raise place.scope.error(error.code, error.message, "keep_old", hint=error.hint, key=True) from None
    except Underivable as error:
        message = f"this step cannot be reversed: {error.lost}"
        keeping: list[Line] = [("keep_old", True)] if _may_keep(step) and _is_kept(fates, at, emit) else []
        lines = [*keeping, *((key, named(value, place.scope)) for key, value in error.alternatives)]
        hint = lines_hint(*lines, before="say what rolling back does, one of:")
        raise place.scope.error("E501", message, step.verb, hint=hint, key=True) from None


def _may_keep(step: DataStep) -> bool:
    return not step.keep_old and step.emit != "sql"


def _is_kept(fates: Fates, at: int, emit: Literal["python", "sql"]) -> bool:
    """Whether keep_old would make the reverse of a change exact."""
    kept = _kept(fates, at, emit)
    return kept is not None and kept.fidelity == "exact"


def named(value: Any, scope: Scope) -> Any:
    """Write the models in a hint as a spec of this app names them."""
    match value:
        case ModelKey():
            model = scope.state.models.get(value.lower)
            if isinstance(model, JoinTable):
                owner = scope.state.models[model.owner]
                return f"{named(ModelKey(owner.app_label, owner.name), scope)}.{model.field}.through"
            return value.name if value.app_label == scope.app_label else str(value)
        case list():
            return [named(item, scope) for item in value]
        case dict():
            return {key: named(item, scope) for key, item in value.items()}
    return value


def _written(place: Walked) -> list[RowChange]:
    """Give the row changes that the author wrote; names in them mean what they mean at the step's own place."""
    step = place.step
    assert isinstance(step, DataStep)
    assert isinstance(step.reverse, list)
    changes: list[RowChange] = []
    problems: list[Diagnostic] = []
    for index, written in enumerate(step.reverse):
        scope = place.scope.inside("reverse", index)
        try:
            for change in written.changes(scope):
                if not isinstance(change, (Update, Insert, Delete)):
                    hint = "reverse the step by row verbs, or write it as run_python or run_sql itself"
                    raise scope.error(
                        "E502", f"a {written.verb} cannot reverse a row step yet", written.verb, hint=hint
                    )
                changes.append(change)
        except SpecError as error:
            problems += error.diagnostics
    if problems:
        raise SpecError(*problems)
    return changes
