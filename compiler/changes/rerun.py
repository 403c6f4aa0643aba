"""Whether a row change may be run twice: then its ranges commit one by one, and a crash half-way does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.changes.cells import (
    ROWS,
    UNKNOWN,
    Cell,
    cascade,
    condition_paths,
    condition_reads,
    join_reads,
    match_reads,
    model_of,
    overlap,
    reads,
    reads_elsewhere,
    tables,
    value_reads,
    walks,
    writes,
)
from migspec.compiler.changes.pointing import hangs_on_itself
from migspec.dsl.expressions import is_deterministic
from migspec.schemas.changes import RowChange
from migspec.schemas.data.equality import same
from migspec.schemas.data.paths import primary_key, walk
from migspec.schemas.data.rows import (
    Column,
    Computed,
    Constant,
    Delete,
    InPython,
    Insert,
    Join,
    Lookups,
    Mapped,
    ModelKey,
    Numbered,
    PerRow,
    PythonValue,
    Repeated,
    Update,
    Value,
)

__all__ = ["Rerun", "changing", "model_of", "rerun", "rerun_all", "tables", "writes"]


@dataclass(frozen=True, slots=True)
class Rerun:
    """`safe` is whether running the change again after any prefix of its ranges gives the rows of one full run."""

    safe: bool
    reason: str  # ends a sentence of the generated comment


def rerun(change: RowChange, state: ProjectState) -> Rerun:
    """Judge one change against the state in which it runs."""
    match change:
        case Update():
            return _update(change, state)
        case Insert():
            return _insert(change, state)
        case Delete():
            return _delete(change, state)


def rerun_all(changes: Sequence[RowChange], state: ProjectState) -> Rerun:
    """Judge changes that run one after another and again from the first."""
    for change in changes:
        if not (found := rerun(change, state)).safe:
            return found
    for earlier, later in combinations(changes, 2):
        read = reads(earlier, state) - _may_go(earlier, later, state)
        if overlap(read, writes(later, state)):
            return Rerun(False, f"what comes first reads {later.model.name}, which is changed after it")
    return Rerun(True, "each change may be run again")


def _may_go(earlier: RowChange, later: RowChange, state: ProjectState) -> set[Cell]:
    """Give what the earlier change reads of source rows that the later one deletes, where it is done with them.

    A row without a source row is left as it is, so running the change again over what is left changes nothing.
    """
    if not isinstance(later, Delete):
        return set()
    match earlier:
        case Update(join=Join(source=source, order=())) | Delete(join=Join(source=source, order=())):
            pass
        case Insert(source=ModelKey() as source, key=key) if key:
            pass
        case _:
            return set()
    if source != later.model:
        return set()
    model = model_of(state, source)
    return {cell for cell in reads(earlier, state) if cell[:2] == tables(state, model)[0]}


# --- one change ---


def _update(change: Update, state: ProjectState) -> Rerun:
    if change.join is not None and isinstance(change.join.where, Repeated):
        return Rerun(True, "a key that is done points at a row that is kept")
    model = model_of(state, change.model)
    written = writes(change, state)
    if set(primary_key(state, model)) & {name for name, _ in change.assign}:
        return Rerun(False, "it changes the primary keys that ranges go by")
    if overlap(reads_elsewhere(change, state), written):
        return Rerun(False, f"it reads other rows of {model.name} in columns that it writes")
    for name, value in change.assign:
        selected = {*condition_reads(state, model, change.where), *value_reads(state, model, value, "row")}
        if isinstance(value, Numbered) and overlap(selected, written):
            return Rerun(False, f"the new {name} counts rows that a second run would count otherwise")
        if isinstance(value, InPython | Numbered) and name in change.distinct:
            return Rerun(False, f"the new values of {name} are compared when all of them are there")
    done = _own_write_ends(change)
    if not done and overlap(match_reads(change, state), written):
        return Rerun(False, "it writes what finds the source row, so a second run would find another")
    for name, value in change.assign:
        if not done and not _stable(name, value) and overlap(value_reads(state, model, value, "row"), written):
            return Rerun(
                False, f"the new {name} is computed from what is written, so a second run would change it again"
            )
        if not done and (call := changing(value)):
            return Rerun(False, f"{call} gives another value each time")
    return Rerun(
        True, "a row that is done is not selected again" if done else "the values read no column that is written"
    )


def _insert(change: Insert, state: ProjectState) -> Rerun:
    if any(isinstance(value, Numbered) for _, value in change.assign):
        return Rerun(False, "its numbers count all the rows that it copies")
    if not change.key:
        return Rerun(False, "without a key, a second run would insert the rows again")
    if change.existing == "error":
        return Rerun(False, "a second run would find its own rows there")
    values = [value for row in change.rows or (change.assign,) for _, value in row]
    if change.existing == "update" and (call := next(filter(None, map(changing, values)), "")):
        return Rerun(False, f"{call} gives another value each time")
    if change.source is not None:
        model, source = model_of(state, change.model), model_of(state, change.source)
        read = set(condition_reads(state, source, change.where)) | {(*tables(state, source)[0], ROWS)}
        for value in values:
            read |= set(value_reads(state, source, value, "row", "source"))
        if {cell[:2] for cell in read} & set(tables(state, model)) or UNKNOWN in read:
            return Rerun(False, f"it reads {model.name}, which it adds rows to")
        given = dict(change.assign)
        if any(_may_be_null(state, source, given.get(name)) for name in change.key):
            return Rerun(False, "a key that is NULL would be inserted again")
    words = "brought up to date" if change.existing == "update" else "left alone"
    return Rerun(True, f"rows whose key is there are {words}")


def _delete(change: Delete, state: ProjectState) -> Rerun:
    if change.rows:
        return Rerun(True, "what is gone is not selected again")
    if isinstance(change.where, Repeated):
        return Rerun(False, "which rows go depends on the others")
    model = model_of(state, change.model)
    if change.unreferenced and hangs_on_itself(state, model):
        return Rerun(False, "which rows go depends on the others")
    gone = cascade(state, model) if change.cascade else set(tables(state, model))
    # Every step away from the row itself: the tables there must stay as they are.
    for walked in walks(state, model, condition_paths(change.where)):
        if walked is None or any((hop.to.app_label, hop.to.name_lower) in gone for hop in walked.hops):
            return Rerun(False, "its condition reads rows that it deletes")
    if {cell[:2] for cell in join_reads(change.join, state)} & gone:
        return Rerun(False, "it finds its rows by rows that it deletes")
    return Rerun(True, "its condition reads nothing that it deletes but the row itself")


# --- values ---


def changing(value: Value) -> str:
    """Give the expression whose value is another each time, or an empty string."""
    if isinstance(value, PerRow):
        return f"{value.expression.text}()"
    if isinstance(value, PythonValue) and not value.deterministic:
        return "the function of the author perhaps"
    if isinstance(value, Computed) and not is_deterministic(value.expression):
        return value.expression.text if len(value.expression.text) <= 40 else "the expression"
    return ""


def _stable(name: str, value: Value) -> bool:
    """Whether a map gives nothing that it would map again."""
    if not isinstance(value, Mapped) or value.column != Column(name):
        return False
    fixed = all(old == new or not any(same(new, other) for other, _ in value.pairs) for old, new in value.pairs)
    return fixed and value.unmatched == "keep" and value.nulls == "keep"


def _own_write_ends(change: Update) -> bool:
    """Whether what is written makes `where` false, so that no row is written twice."""
    if not isinstance(change.where, Lookups):
        return False
    assigned = dict(change.assign)
    for lookup, given in change.where.items:
        name, _, kind = lookup.partition("__")
        if name in assigned and _ends(assigned[name], kind or "exact", given):
            return True
    return False


def _ends(value: Value, kind: str, given: Any) -> bool:
    match value, kind:
        case Constant(), "exact":
            return not same(value.value, given) and not isinstance(given, Column)
        case Constant(), "in":
            return not any(same(value.value, one) for one in given)
        case Constant(), "isnull":
            return (value.value is None) != bool(given)
        case PerRow(), "isnull":
            return bool(given)
        case Mapped(), "isnull":
            never = not any(new is None for _, new in value.pairs)
            filled = [
                extra == "error" or (isinstance(extra, Constant) and extra.value is not None)
                for extra in (value.unmatched, value.nulls)
            ]
            return bool(given) and never and all(filled)
    return False


def _may_be_null(state: ProjectState, source: ModelState, value: Value | None) -> bool:
    match value:
        case Constant():
            return value.value is None
        case Column():
            walked = walk(state, source, value.path)
            fields = [hop.held.field for hop in walked.hops] + ([walked.held.field] if walked.held else [])
            return any(field.null for field in fields)
        case PerRow():
            return False
    return True
