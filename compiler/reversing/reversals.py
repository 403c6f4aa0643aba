"""How every row step of a spec comes back: as its author says, or as the calculus derives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from migspec.compiler.planning.walk import Walked
from migspec.compiler.reversing.fates import Fates
from migspec.compiler.reversing.kept import CannotKeep, keep
from migspec.compiler.reversing.reversal import Reversal
from migspec.compiler.reversing.reverse import Underivable, reverse
from migspec.compiler.reversing.side_table import Names
from migspec.compiler.reversing.view import View
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order
from migspec.schemas.changes import RowChange
from migspec.schemas.data.rows import Delete, Insert, ModelKey, Update
from migspec.schemas.errors.pasting import lines_hint
from migspec.schemas.step import DataStep, Irreversible, Noop


def reversals_of(
    walked: Sequence[Walked], fates: Fates, names: Callable[[Walked, RowChange], Names]
) -> dict[int, Reversal]:
    """Give the reversal of each row change by its place in `fates`; E501 where there is none.

    `names` are those of a step's side tables.
    """
    found: dict[int, Reversal] = {}
    problems: list[Diagnostic] = []
    wrong: set[int] = set()  # one complaint about a step is enough
    for at, moment in enumerate(fates.moments):
        if isinstance(moment.change, (Update, Insert, Delete)) and moment.step not in wrong:
            try:
                place = walked[moment.step]
                parts = [change for other in walked if other.index == place.index for change in other.changes]
                alone = sum(isinstance(part, (Update, Insert, Delete)) for part in parts) == 1
                found[at] = _reversal(place, fates, at, names(place, moment.change), alone=alone)
            except SpecError as error:
                problems += error.diagnostics
                wrong.add(moment.step)
    if problems:
        raise SpecError(*in_order(problems))
    return found


def _reversal(place: Walked, fates: Fates, at: int, names: Names, *, alone: bool) -> Reversal:
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
    try:
        return keep(View(fates, at), names) if step.keep_old else reverse(fates, at)
    except CannotKeep as error:
        if error.code == "E503" and not alone:  # the other parts of the step keep something
            return reverse(fates, at)
        raise place.scope.error(error.code, error.message, "keep_old", hint=error.hint, key=True) from None
    except Underivable as error:
        message = f"this step cannot be reversed: {error.lost}"
        lines = [(key, named(value, place.scope.app_label)) for key, value in error.alternatives]
        hint = lines_hint(*lines, before="say what rolling back does, one of:")
        raise place.scope.error("E501", message, step.verb, hint=hint, key=True) from None


def named(value: Any, app_label: str) -> Any:
    """Write the models in a hint as a spec of this app names them."""
    match value:
        case ModelKey():
            return value.name if value.app_label == app_label else str(value)
        case list():
            return [named(item, app_label) for item in value]
        case dict():
            return {key: named(item, app_label) for key, item in value.items()}
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
