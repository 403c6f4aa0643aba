"""How each operation of a file comes back, in a few words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db.migrations.operations import DeleteModel, RemoveField
from django.db.migrations.operations.base import Operation

from migspec.compiler.emit.author import reason_of
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.units import Unit, said_of
from migspec.compiler.review.review import Back
from migspec.compiler.side_tables import tables_of
from migspec.schemas.changes import PythonChange, SchemaChange, SQLChange
from migspec.schemas.data.join_tables import join_key, makes_table
from migspec.schemas.data.rows import Insert, Update
from migspec.schemas.step import DataStep, Irreversible, Noop

BY_DJANGO = Back(fidelity="schema", text="Django undoes it")


def back_of(units: Sequence[Unit], operations: Sequence[Operation], plan: SpecPlan, dropped: Mapping[str, str]) -> Back:
    """Give what rolling back does with operations that stand together; `dropped` are side tables that specs drop."""
    for unit in units:
        if unit.reversal is not None:
            for table in tables_of(unit):
                if table in dropped:
                    said = f"irreversible from {dropped[table]} on, which drops what is kept in {table}"
                    return Back(fidelity="irreversible", text=said)
            kept = "".join(f", in the table {table}" for table in tables_of(unit))
            said = said_of(unit.reversal).removeprefix("reverse: ")
            return Back(fidelity=unit.reversal.fidelity, text=said + kept)
        for change in changes_of(unit, plan):
            if isinstance(change, PythonChange | SQLChange):
                return _of_author(change, plan, unit)
    for change in (one for unit in units for one in changes_of(unit, plan)):
        if isinstance(change, SchemaChange):
            if not change.operation.reversible:
                return Back(fidelity="irreversible", text=_words(unit_step(plan, units[0])) or "irreversible")
            if change.side == "both" and (lost := _emptied(change, plan)) is not None:
                return lost
    if any(not operation.reversible for operation in operations):
        return Back(fidelity="irreversible", text="irreversible")
    return BY_DJANGO


def changes_of(unit: Unit, plan: SpecPlan) -> Iterator[object]:
    for place in plan.walked:
        if place.index == unit.step:
            yield from place.changes


def unit_step(plan: SpecPlan, unit: Unit) -> object:
    return plan.spec.spec.steps[unit.step]


def _words(step: object) -> str:
    return reason_of(step) if isinstance(step, DataStep) else ""


def _of_author(change: PythonChange | SQLChange, plan: SpecPlan, unit: Unit) -> Back:
    step = unit_step(plan, unit)
    reverse = step.reverse if isinstance(step, DataStep) else None
    if isinstance(reverse, Noop):
        return Back(fidelity="noop", text=f"rolling back does nothing: {reverse.noop}")
    if isinstance(reverse, Irreversible):
        return Back(fidelity="irreversible", text=f"irreversible: {reverse.irreversible}")
    if change.reverse is None:
        return Back(fidelity="irreversible", text="irreversible")
    return Back(fidelity="written", text="as written in the spec")


def _emptied(change: SchemaChange, plan: SpecPlan) -> Back | None:
    """Say of a removal whether a data step brings back what was in it."""
    operation = change.operation
    if isinstance(operation, DeleteModel):
        what, model, field = "the table", (change.app_label, operation.name_lower), ""
    elif isinstance(operation, RemoveField):
        what, model, field = "the column", (change.app_label, operation.model_name_lower), operation.name
        state = next(moment.state for moment in plan.fates.moments if moment.change is change)
        removed = state.models[model].fields[field]
        if removed.many_to_many and not makes_table(removed):
            return None  # its rows are those of a model, which stays
        if removed.many_to_many:
            what, model, field = "the join table", join_key(state.models[model], field), ""
    else:
        return None
    by = sorted({unit.step + 1 for unit in plan.units if _fills(unit, model, field)})
    if by:
        steps = " and ".join([", ".join(map(str, by[:-1])), str(by[-1])] if by[:-1] else [str(by[-1])])
        return Back(fidelity="schema", text=f"{what} comes back, filled by the reverse of step {steps}")
    return Back(fidelity="empty", text=f"{what} comes back empty")


def _fills(unit: Unit, model: tuple[str, str], field: str) -> bool:
    for change in (unit.reversal.changes or ()) if unit.reversal else ():
        if isinstance(change, Update | Insert) and change.model.lower == model:
            names = {name for name, _ in change.assign}
            names |= {name for row in getattr(change, "rows", ()) for name, _ in row}
            if not field or names & {field, f"{field}_id"}:
                return True
    return False
