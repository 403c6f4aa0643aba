"""The statement behind a row step whose file holds Python: the one that `emit: sql` would write, where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import StateApps

from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.rows import RowStep, is_ranged
from migspec.compiler.emit.sql.apps import small_apps
from migspec.compiler.emit.sql.checks import NeedsLook, unsayable
from migspec.compiler.emit.sql.rows import statements
from migspec.compiler.emit.sql.site import Statement
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.units import Unit
from migspec.compiler.reversing.reversal import Reversal
from migspec.compiler.review.locks import Altering, locks_of, strongest, writing
from migspec.compiler.review.offline import Known, schema_editor
from migspec.compiler.review.review import Sql
from migspec.compiler.review.sql import CODE
from migspec.dsl.diagnostics import SpecError
from migspec.dsl.expressions import Expression
from migspec.schemas.data.rows import Delete, Update
from migspec.schemas.python.expressions import evaluate

# Both come from the same row change, and leave the same rows.
RANGED = "what the generated Python does, one range of primary keys after another"
WHOLE = "what the generated Python does, in one transaction"
CHECKED = ", after a look at the rows that stops before the first write"


def rows_sql(unit: Unit, plan: SpecPlan, servers: Sequence[Known], missing: Mapping[str, str]) -> dict[str, Sql]:
    """Give what a row step sends to each server; where no statement can be had, what it locks."""
    assert unit.rows is not None
    step = unit.rows
    apps = _apps(step)
    plain = replace(step, batch=None, reversal=Reversal(changes=(), fidelity="exact"))
    problems = unsayable(plain)
    looks = any(isinstance(change, Update) and change.distinct for change in step.forwards)
    checked = looks or any(isinstance(one, NeedsLook) for one in problems)
    about = (RANGED if is_ranged(step) else WHOLE) + (CHECKED if checked else "")
    evaluating = _evaluating(unit, plan)
    found = {}
    for server, wrapper in servers:
        if step.only and wrapper is not None and wrapper.vendor != step.only:
            found[server.name] = Sql()
            continue
        held = writing(server.name, _tables(step, apps)) if apps else []
        if wrapper is None:
            found[server.name] = Sql(unknown=missing[server.name], locks=held)
            continue
        try:
            for problem in problems:
                if not isinstance(problem, NeedsLook):
                    raise problem
            written = _written(plain, apps, wrapper, evaluating)
        except CannotEmit as error:
            found[server.name] = Sql(unknown=f"{CODE}: {error.message}", locks=held)
            continue
        locks = [one for text in written for one in locks_of(server.name, text, Altering())]
        found[server.name] = Sql(statements=tuple(written), about=about, locks=strongest([*held, *locks]))
    return found


def _apps(step: RowStep) -> StateApps | None:
    try:
        return small_apps(step.forwards, step.state)
    except CannotEmit:
        return None


def _evaluating(unit: Unit, plan: SpecPlan) -> Callable[[Expression], Any]:
    assert unit.rows is not None
    change = unit.rows.forwards[0]
    place = next(place for place in plan.walked if any(one is change for one in place.changes))
    return lambda expression: evaluate(expression, place.scope, place.step.verb)


def _written(
    step: RowStep, apps: StateApps | None, wrapper: BaseDatabaseWrapper, evaluating: Callable[[Expression], Any]
) -> list[str]:
    """Give the statements with their values in them; CannotEmit."""
    if apps is None:
        raise CannotEmit("Django does not load its models")
    try:
        found = statements(step.forwards, step, apps, wrapper.vendor, evaluating)
    except SpecError as error:
        raise CannotEmit(error.diagnostics[0].message) from None
    quote = schema_editor(wrapper).quote_value
    return [_filled(one, quote) for one in found]


def _filled(statement: Statement, quote: Callable[[Any], Any]) -> str:
    if statement.parameters is None:
        return f"{statement.text};"
    return f"{statement.text % tuple(str(quote(value)) for value in statement.parameters)};"


def _tables(step: RowStep, apps: StateApps) -> Iterator[str]:
    """Give the tables whose rows a step writes; deleting may go on to others."""
    for change in step.forwards:
        options = apps.get_model(change.model.app_label, change.model.name)._meta
        yield options.db_table
        if isinstance(change, Delete) or options.parents:
            yield from (parent._meta.db_table for parent in options.all_parents)
