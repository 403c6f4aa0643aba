"""Whether an error that stops a change is one that its spec promises: the rows are then outside of what it takes."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Mapping, Sequence

from django.db.models import ProtectedError, RestrictedError
from django.db.utils import DatabaseError, IntegrityError

from migspec.compiler.history import Key
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.planning.units import Unit
from migspec.compiler.verify.stepping import Stopped
from migspec.schemas.changes import Kind
from migspec.schemas.data.paths import unique_sets
from migspec.schemas.data.rows import Delete


def is_promised(stopped: Stopped, planned: SpecPlan, texts: Mapping[Key, str]) -> bool:
    """Whether the migration stopped by itself, or the database at what is the database's to refuse.

    That is a schema step that no step of the spec has prepared the rows for, and a new value of a unique column that
    a row has which the step leaves alone (schemas/data/distinct.py). `texts` are the spec's files. Any other error, of
    the database or of code that met a value it did not expect, is none that the spec speaks of.
    """
    if isinstance(stopped.error, (ProtectedError, RestrictedError)):  # as on_delete says
        return True
    key = (stopped.migration.app_label, stopped.migration.name)
    units = [unit for file in planned.files if file.key == key for unit in file.units]
    if isinstance(stopped.error, DatabaseError):
        if any(unit.kind is Kind.DATA for unit in units):
            return _is_duplicate(stopped.error) and any(map(_fills_unique_column, units))
        return _is_unprepared(units, planned)
    return _is_raised_there(stopped.error, key[1], texts[key])


def _is_raised_there(error: Exception, name: str, text: str) -> bool:
    """Whether a `raise` of the file itself made the error, and nothing that the file calls."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return frame.filename == f"{name}.py" and any(
        isinstance(node, ast.Raise) and node.lineno <= (frame.lineno or 0) <= (node.end_lineno or 0)
        for node in ast.walk(ast.parse(text))
    )


def _is_unprepared(units: Sequence[Unit], planned: SpecPlan) -> bool:
    """Whether no data step of the spec writes what these schema steps are about."""
    data = [unit for unit in planned.units if unit.kind is Kind.DATA]
    return not any(unit.effects.conflicts_with(one.effects) for unit in units for one in data)


def _is_duplicate(error: DatabaseError) -> bool:
    """Whether a database says that a value is there already, each in its own way."""
    return isinstance(error, IntegrityError) and (
        "UNIQUE constraint failed" in str(error)  # SQLite
        or getattr(error.__cause__, "sqlstate", "") == "23505"  # PostgreSQL
        or error.args[:1] == (1062,)  # MySQL and MariaDB
    )


def _fills_unique_column(unit: Unit) -> bool:
    for change in unit.rows.forwards if unit.rows else ():
        if isinstance(change, Delete):
            continue
        state = unit.rows.state  # type: ignore[union-attr]
        filled = {name for row in (change.assign, *getattr(change, "rows", ())) for name, _ in row}
        if any(names & filled for names in unique_sets(state, state.models[change.model.lower])):
            return True
    return False
