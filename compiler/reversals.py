"""How every row step of a spec comes back: as its author says, or as the calculus derives it."""

from __future__ import annotations

from collections.abc import Sequence

from migspec.compiler.fates import Fates
from migspec.compiler.reversal import Reversal
from migspec.compiler.reverse import Underivable, reverse
from migspec.compiler.walk import Walked
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order
from migspec.schemas.changes import RowChange
from migspec.schemas.pasting import lines_hint
from migspec.schemas.rows import Delete, Insert, Update
from migspec.schemas.step import DataStep, Irreversible, Noop


def reversals_of(walked: Sequence[Walked], fates: Fates) -> dict[int, Reversal]:
    """Give the reversal of each row change by its place in `fates`; E501 where there is none."""
    found: dict[int, Reversal] = {}
    problems: list[Diagnostic] = []
    for at, moment in enumerate(fates.moments):
        if isinstance(moment.change, (Update, Insert, Delete)):
            try:
                found[at] = _reversal(walked[moment.step], fates, at)
            except SpecError as error:
                problems += error.diagnostics
    if problems:
        raise SpecError(*in_order(problems))
    return found


def _reversal(place: Walked, fates: Fates, at: int) -> Reversal:
    step = place.step
    assert isinstance(step, DataStep)
    match step.reverse:
        case Noop():
            return Reversal(changes=(), fidelity="noop", differs=step.reverse.noop)
        case Irreversible():
            return Reversal(changes=None, fidelity="irreversible", differs=step.reverse.irreversible)
        case list():
            return Reversal(changes=tuple(_written(place)), fidelity="written")
    try:
        return reverse(fates, at)
    except Underivable as error:
        message = f"this step cannot be reversed: {error.lost}"
        hint = lines_hint(*error.alternatives, before="say what rolling back does, one of:")
        raise place.scope.error("E501", message, step.verb, hint=hint, key=True) from None


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
