"""Conditions as the filters of a queryset."""

from __future__ import annotations

from typing import Any

from django.db.migrations.state import ModelState

from migspec.compiler.emit.code import db, fill, keywords, literal
from migspec.compiler.emit.local import Local, quoted
from migspec.dsl.expressions import Code
from migspec.schemas.paths import PathProblem, walk
from migspec.schemas.rows import Column, Computed, Condition, Constant, Filter, Lookups


def where(rows: Code, condition: Condition, model: ModelState, local: Local, *, once: bool = False) -> Code:
    """Give the rows that fulfil the condition; with `once` each once, also where it looks at many related rows."""
    written = arguments(condition)
    if written is None:
        return rows
    if once and looks_at_many(condition, model, local):
        inner = fill("{}._base_manager.using(alias).filter({}).values({})", local.model(model), written, quoted("pk"))
        return fill("{}.filter(pk__in={})", rows, inner)
    return fill("{}.filter({})", rows, written)


def arguments(condition: Condition) -> Code | None:
    """Give the arguments of filter(); None where every row is meant."""
    match condition:
        case Filter():
            return condition.expression.code()
        case Lookups() if condition.items:
            return keywords([(name, _operand(value)) for name, value in condition.items])
    return None


def _operand(value: Any) -> Code:
    match value:
        case Column():
            return fill("{}({})", db("F"), quoted(value.path))
        case Computed():
            return value.expression.code()
        case Constant():
            return literal(value.value)
    return literal(value)


def looks_at_many(condition: Condition, model: ModelState, local: Local) -> bool:
    """Whether a condition follows a relation to several rows, so that a join would repeat the row itself."""
    paths = list(condition.reads) if condition else []
    if isinstance(condition, Lookups):
        paths += [name for name, _ in condition.items]
    return any(_to_many(path, model, local) for path in paths)


def _to_many(path: str, model: ModelState, local: Local) -> bool:
    try:
        hops = walk(local.state, model, path).hops
    except PathProblem:
        return False
    return any(hop.held.field.many_to_many or not hop.forward for hop in hops)
