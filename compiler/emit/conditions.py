"""Conditions as the filters of a queryset."""

from __future__ import annotations

from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.changes.cells import model_of
from migspec.compiler.emit.code import code_of, db, fill, joined, keywords, literal, plain
from migspec.compiler.emit.local import Local, quoted, snake
from migspec.compiler.emit.sql.proofs import is_never_null
from migspec.dsl.expressions import Code
from migspec.schemas.data.paths import PathProblem, walk
from migspec.schemas.data.rows import Column, Computed, Condition, Constant, Filter, Join, Lookups, Repeated


def where(rows: Code, condition: Condition, model: ModelState, local: Local, *, once: bool = False) -> Code:
    """Give the rows that fulfil the condition; with `once` each once, also where it looks at many related rows."""
    if isinstance(condition, Repeated):
        return fill("{}.filter(pk__in={}.values({}))", rows, repeated(condition, model, local), quoted("pk"))
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
            return code_of(condition.expression)
        case Lookups() if condition.items:
            return keywords([(name, _operand(value)) for name, value in condition.items])
    return None


def _operand(value: Any) -> Code:
    match value:
        case Column():
            return fill("{}({})", db("F"), quoted(value.path))
        case Computed():
            return code_of(value.expression)
        case Constant():
            return literal(value.value)
    return literal(value)


def looks_at_many(condition: Condition, model: ModelState, local: Local) -> bool:
    """Whether a condition follows a relation to several rows, so that a join would repeat the row itself."""
    paths = list(condition.reads) if condition else []
    if isinstance(condition, Lookups):
        paths += [name for name, _ in condition.items]
    return any(to_many(path, model, local) for path in paths)


def to_many(path: str, model: ModelState, local: Local) -> bool:
    """Whether a path leads to several rows."""
    try:
        hops = walk(local.state, model, path).hops
    except PathProblem:
        return False
    return any(hop.held.field.many_to_many or not hop.forward for hop in hops)


def source_rows(join: Join, model: ModelState, local: Local) -> tuple[str, list[Code]]:
    """Give the variable of the source rows of a row, the one that counts first, and the statement that defines it."""
    source = model_of(local.state, join.source)
    matching = keywords([(theirs, fill("{}({})", db("OuterRef"), quoted(ours))) for ours, theirs in join.on])
    rows = fill("{}._base_manager.using(alias).filter({})", local.model(source), matching)
    rows = where(rows, join.where, source, local)
    if join.order:
        rows = fill(
            "{}.order_by({})", rows, joined(ordered(name, source, local.state, join.where) for name in join.order)
        )
    wanted = local.plural(source) if join.order else snake(source.name)
    name = local.name("matching" if source is model else wanted)
    return name, [fill("{} = {}", name, rows)]


def repeated(condition: Repeated, model: ModelState, local: Local) -> str:
    """Give the variable of the rows that the condition selects, and define it."""
    number = local.column(model, "nth")
    rows = where(plain(local.rows(model)), condition.where, model, local, once=True)
    nullable = [path for path in condition.key if not is_never_null(path, model, condition.where, local.state)]
    given = [(f"{path}__isnull", plain("False")) for path in nullable]
    rows = fill("{}.filter({})", rows, keywords(given)) if given else rows
    rows = fill("{}.annotate({}={})", rows, number, window("RowNumber", condition, model, local))
    return local.define(f"repeated_{local.plural(model)}", fill("{}.filter({}__gt=1)", rows, number))


def window(function: str, condition: Repeated, model: ModelState, local: Local, *arguments: Code) -> Code:
    """Give a window function over the groups of a condition."""
    order = [ordered(name, model, local.state, condition.where) for name in condition.order]
    return fill(
        "{}({}({}), partition_by=[{}], order_by=[{}])",
        db("Window"), plain(function, f"from django.db.models.functions import {function}"), joined(arguments),
        joined(map(quoted, condition.key)), joined(order),
    )  # fmt: skip


def ordered(name: str, model: ModelState, state: ProjectState, condition: Condition = None) -> Code:
    """Give an argument of order_by() over the rows that a condition selects: NULL comes last on every database."""
    path = name.removeprefix("-")
    if is_never_null(path, model, condition, state):
        return quoted(name)
    return fill("{}({}).{}(nulls_last=True)", db("F"), quoted(path), "desc" if name.startswith("-") else "asc")
