"""The steps of a spec, one after another, counted in a database that is at the spec's place."""

from __future__ import annotations

from django.core.exceptions import FieldError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error as DatabaseError

from migspec.compiler.census.base import Base
from migspec.compiler.census.finding import Census, Counted, Part
from migspec.compiler.census.rows import count_change, is_here, waits_for
from migspec.compiler.census.schema import Schema, Waiting
from migspec.compiler.emit.rows import RowStep
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.walk import Walked
from migspec.compiler.project import one_line
from migspec.dsl.names import ElementName, ModelName
from migspec.schemas.changes import PythonChange, SchemaChange, SQLChange
from migspec.schemas.data.rows import Delete, Insert, Update


def count(planned: SpecPlan, connection: BaseDatabaseWrapper, database: str) -> Census:
    """Count every step of a spec, by SELECT alone."""
    base = Base(planned)
    steps = _row_steps(planned)
    schema = Schema(base, steps, connection)
    found: dict[int, Counted] = {}
    for at, moment in enumerate(planned.fates.moments):
        walked = planned.walked[moment.step]
        counted = found.setdefault(moment.step, _begin(walked))
        only = walked.step.only
        if only not in (None, connection.vendor):
            counted.unknown = [f"only for {only}"]
            continue
        try:
            _count_one(at, base, steps, schema, counted, connection)
        except Waiting as waiting:
            said = f"not known before {_ran_first(waiting.on, base, walked)} has run"
            if counted.parts and counted.parts[-1].rows is None:
                counted.parts[-1].unknown = said
            else:
                _say_once(counted, said)
        except (DatabaseError, FieldError) as error:
            _say_once(counted, f"the database does not answer: {one_line(error)}")
        if counted.fails:
            schema.failed.add(at)
    return Census(spec=planned.spec.shown, database=database, vendor=connection.vendor, steps=list(found.values()))


def _begin(walked: Walked) -> Counted:
    verb, about = walked.step.verb, walked.step.about
    named = str(about) if isinstance(about, ModelName | ElementName) else walked.step.description or ""
    return Counted(walked.index, verb, named, walked.scope.locate(("steps", walked.index, verb)))


def _row_steps(planned: SpecPlan) -> dict[int, RowStep]:
    """Give the row step that each row change belongs to, by the change's place."""
    steps = [unit.rows for unit in planned.units if unit.rows is not None]
    return {
        at: step
        for at, moment in enumerate(planned.fates.moments)
        for step in steps
        if any(change is moment.change for change in step.forwards)
    }


def _count_one(
    at: int, base: Base, steps: dict[int, RowStep], schema: Schema, counted: Counted, connection: BaseDatabaseWrapper
) -> None:
    match base.fates.moments[at].change:
        case Update() | Insert() | Delete() as change:
            counted.parts.append(Part(change.model.name))
            if not is_here(change, at, base, connection):
                counted.parts.pop()
                counted.unknown = ["the project's routers keep it from this database"]
            elif waits := waits_for(change, at, steps[at], base):
                raise Waiting(waits[-1])
            else:
                count_change(change, at, steps[at], base, counted, connection)
        case SchemaChange():
            for question in schema.questions(at):
                counted.looked = True
                for finding in question:
                    if finding.code:
                        counted.findings.append(finding)
                    else:
                        _say_once(counted, finding.message)
        case PythonChange() | SQLChange():
            counted.unknown = ["code of its author, which a census does not run"]


def _ran_first(on: int, base: Base, walked: Walked) -> str:
    earlier = base.step(on)
    if earlier is walked:
        return "what the step does first"
    return f"its {earlier.step.verb}" if earlier.index == walked.index else f"step {earlier.index + 1}"


def _say_once(counted: Counted, said: str) -> None:
    if said not in counted.unknown:
        counted.unknown.append(said)
