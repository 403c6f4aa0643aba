"""The models that a spec touches, in the state before it: those whose rows are drawn."""

from __future__ import annotations

from collections.abc import Iterator

from migspec.compiler.changes.row_effects import one_effects
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.verify.claims import first_label
from migspec.schemas.changes import Change, PythonChange, SchemaChange, SQLChange, Touch
from migspec.schemas.data.join_tables import JoinTable, with_join_tables
from migspec.schemas.data.paths import columns, related
from migspec.schemas.data.rows import ModelKey


def touched_models(planned: SpecPlan) -> list[str]:
    """Give the labels of the models that the steps read or write, and of those that their foreign keys point to.

    Code of the author that does not say what it uses may touch every model of the spec's app.
    """
    fates, before = planned.fates, with_join_tables(planned.state_before)
    found: set[str] = set()
    for at, moment in enumerate(fates.moments):
        reversal = planned.reversals.get(at)
        back = (
            reversal.changes or () if reversal and not reversal.saves else ()
        )  # side tables are no models of the state
        for change in (moment.change, *back):
            for touch in _touches(change, at, planned):
                if touch.what == "everything":
                    found |= {
                        f"{model.app_label}.{model.name}"
                        for model in planned.state_before.models.values()
                        if model.app_label == planned.spec.spec.app
                    }
                elif (model := moment.state.models.get((touch.app_label, touch.model))) is not None:
                    found.add(first_label(fates, at, ModelKey(model.app_label, model.name), before))
    labels = {f"{model.app_label}.{model.name}": model for model in before.models.values()}
    for label in sorted(found & labels.keys()):
        if isinstance(table := labels[label], JoinTable):
            owner = before.models[table.owner]
            found.add(f"{owner.app_label}.{owner.name}")
        for held in columns(before, labels[label]).values():
            to = related(before, held) if held.field.remote_field else None
            if to is not None:
                found.add(f"{to.app_label}.{to.name}")
    return sorted(found & labels.keys())


def _touches(change: Change, at: int, planned: SpecPlan) -> Iterator[Touch]:
    if isinstance(change, (PythonChange, SQLChange, SchemaChange)):
        effects = change.effects
    else:
        effects = one_effects(change, planned.fates.moments[at].state)
    yield from effects.reads
    yield from effects.writes
