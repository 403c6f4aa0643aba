"""The order of the assignments of one UPDATE.

MySQL and MariaDB carry them out from left to right, and later ones see what earlier ones wrote; all other databases
read the old row throughout. So whatever reads a column comes before what writes it. Where that goes in a circle, as in
a swap of two columns, one value is read through a subquery, which sees the old row everywhere (tried).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.emit.code import CannotEmit
from migspec.schemas.data.paths import PathProblem, walk
from migspec.schemas.data.rows import Update, Value, value_paths


def in_order(change: Update, model: ModelState, state: ProjectState) -> list[tuple[str, Value, bool]]:
    """Give the assignments in the order in which they may be carried out; True with those to be read by a subquery.

    CannotEmit where values of a source row depend on each other's columns.
    """
    reads = {name: read_columns(value, change, model, state) - {name} for name, value in change.assign}
    left = dict(change.assign)
    apart: set[str] = set()
    found: list[tuple[str, Value, bool]] = []
    while left:
        # The first whose column none of the others still reads.
        name = next((name for name in left if not any(name in reads[other] for other in left)), None)
        if name is not None:
            found.append((name, left.pop(name), name in apart))
            continue
        name = next((name for name, value in left.items() if reads[name] & left.keys() and not _of_source(value)), None)
        if name is None:
            columns = ", ".join(left)
            raise CannotEmit(
                f"the columns {columns} are written, and they also say which source row it is",
                "write them in a step of their own, or match by other columns",
            )
        apart.add(name)
        reads[name] = set()
    return found


def _of_source(value: Value) -> bool:
    return any(of == "source" for _, of in value_paths(value))


def read_columns(value: Value, change: Update, model: ModelState, state: ProjectState) -> set[str]:
    """Give the columns (attnames) of the row itself that a value depends on."""
    if _of_source(value):
        join = change.join.on if change.join else ()
        return set(_attnames((ours for ours, _ in join), model, state))
    return set(_attnames((path for path, _ in value_paths(value)), model, state))


def _attnames(paths: Iterable[str], model: ModelState, state: ProjectState) -> Iterable[str]:
    for path in paths:
        try:
            walked = walk(state, model, path)
        except PathProblem:
            continue
        held = walked.hops[0].held if walked.hops else walked.held
        if held is not None:
            yield held.field.attname
