"""Delete as SQL: a statement for the rows themselves, and before it one for each relation that on_delete follows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Exists, OuterRef, Q
from django.db.models.sql import DeleteQuery

from migspec.compiler.changes.cells import tables, writes
from migspec.compiler.changes.pointing import hangs_on_itself, relations_to
from migspec.compiler.changes.rerun import rerun
from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.sql.saving import saved
from migspec.compiler.emit.sql.site import Rows, Site, Statement
from migspec.compiler.emit.sql.update import set_apart, source_rows, write
from migspec.compiler.emit.sql.values import where
from migspec.compiler.reversing.side_table import Save
from migspec.schemas.data.paths import Held, pointing_at, target
from migspec.schemas.data.rows import Assignments, Constant, Delete

# Rows of one statement: databases bound how deep a condition may be.
TOGETHER = 100


def delete(change: Delete, site: Site, saves: Collection[Save] = ()) -> list[Statement]:
    """Give the statements of a delete, in the order in which they must run, after those that save."""
    model = site.model(change.model)
    _check_tables(model, site.state)
    if change.cascade:
        _check_condition(change, model, site.state)
    found = _unreferenced(model, site) if change.unreferenced else site.rows(model)
    hangs = change.unreferenced and hangs_on_itself(site.state, model)
    if change.rows:
        # A later row may hang on an earlier one.
        listed, size = (change.rows[::-1], 1) if hangs else (change.rows, TOGETHER)
        parts = [listed[start : start + size] for start in range(0, len(listed), size)]
        chosen = [found.filter(reduce(or_, map(_equal, part))) for part in parts]
    else:
        if hangs:
            message = f"rows of {model.name} may point at each other, and one DELETE takes one level of such a tree"
            raise CannotEmit(message, "emit: python")
        chosen = [where(found, change.where, model, site)]
        source = source_rows(change.join, site)
        if source is not None:
            chosen = [chosen[0].filter(Exists(source))]
    statements: list[Statement] = []
    if saves:  # of a step of the author, which selects rows by `where`
        statements += saved(saves, where(found, change.where, model, site, once=True), site)
    for rows in chosen:
        if change.cascade:
            statements += _followed(rows, change, site, (model,))
        statements.append(_removed(rows, site))
    return statements


def _unreferenced(model: ModelState, site: Site) -> Rows:
    """Give the rows that no other row points at."""
    rows = site.rows(model)
    for relation in relations_to(site.state, model):
        if relation.name:
            rows = rows.filter(**{f"{relation.name}__isnull": True})
            continue
        key = target(site.state, relation.held)
        assert key is not None
        pointing = site.rows(relation.held.model).filter(**{relation.held.field.attname: OuterRef(key.field.attname)})
        rows = rows.exclude(Exists(pointing))
        if relation.held.model is model and site.vendor == "mysql":
            rows = site.rows(model).filter(pk__in=set_apart(rows, site))
    return rows


def _equal(row: Assignments) -> Q:
    """Give the condition that a row holds these values."""
    given = [(name, value.value) for name, value in row if isinstance(value, Constant)]
    return Q(*((f"{name}__isnull", True) if value is None else (name, value) for name, value in given))


def _removed(rows: Rows, site: Site) -> Statement:
    query = rows.order_by().query.clone()
    query.__class__ = DeleteQuery
    return Statement(*site.sql(query))


def _check_tables(model: ModelState, state: ProjectState) -> None:
    if len(tables(state, model)) > 1:
        message = f"{model.name} has its rows in several tables, and one DELETE empties one of them"
        raise CannotEmit(message, "emit: python")


# --- on_delete ---


def _check_condition(change: Delete, model: ModelState, state: ProjectState) -> None:
    if _pointing_at(model, state) and not rerun(change, state).safe:
        raise CannotEmit("the condition reads rows that go before it is asked again", "emit: python", "where")


def _pointing_at(model: ModelState, state: ProjectState) -> list[Held]:
    """Give the relations that point at a model, or at a proxy of it."""
    own = tables(state, model)[0]
    proxies = [one for one in state.models.values() if one.options.get("proxy") and tables(state, one)[0] == own]
    found = [held for one in (model, *proxies) for held in pointing_at(state, one)]
    return list({(held.model.app_label, held.model.name_lower, held.field.name): held for held in found}.values())


def _followed(rows: Rows, change: Delete, site: Site, way: tuple[ModelState, ...]) -> Iterator[Statement]:
    """Give the statements that do to the rows which point at these what Django does to them."""
    for held in _pointing_at(way[-1], site.state):
        if not held.field.many_to_many and _acts(held, change, site.state):
            yield from _acted(rows, held, change, site, way)


def _on_delete(held: Held) -> Any:
    remote: Any = held.field.remote_field
    return remote.on_delete


def _acts(held: Held, change: Delete, state: ProjectState) -> bool:
    """Whether on_delete does something to rows; where they only must not be there, the database sees to it."""
    action = _on_delete(held)
    if action is models.DO_NOTHING or type(action).__name__ == "DatabaseOnDelete":
        return False
    if action not in (models.PROTECT, models.RESTRICT):
        return True
    goes_too = (held.model.app_label, held.model.name_lower, "*") in writes(change, state)
    if not getattr(held.field, "db_constraint", True) or (action is models.PROTECT and goes_too):
        message = f"no database does what on_delete of {held.model.name}.{held.field.name} says"
        raise CannotEmit(message, "emit: python")
    return False


def _acted(rows: Rows, held: Held, change: Delete, site: Site, way: tuple[ModelState, ...]) -> Iterator[Statement]:
    _check_tables(held.model, site.state)
    key = target(site.state, held)
    assert key is not None
    keys = rows.order_by().values(key.field.attname)
    pointing = site.rows(held.model).filter(**{f"{held.field.attname}__in": keys})
    if _on_delete(held) is not models.CASCADE:
        yield write(pointing, {held.field.attname: _left(held)}, held.model, site)
        return
    if held.model in way:
        message = f"on_delete of {held.model.name}.{held.field.name} goes on from row to row of one table"
        raise CannotEmit(message, "emit: python")
    yield from _followed(pointing, change, site, (*way, held.model))
    yield _removed(pointing, site)


def _left(held: Held) -> Any:
    """Give what is left in a foreign key whose row is deleted."""
    action = _on_delete(held)
    arguments: tuple[Any, ...] = ()
    if action in (models.SET_NULL, models.SET_DEFAULT):
        has_default = action is models.SET_DEFAULT and held.field.has_default()
        arguments = (held.field.default if has_default else None,)
    elif hasattr(action, "deconstruct"):  # SET(value)
        _, arguments, _ = action.deconstruct()
    if len(arguments) != 1 or callable(arguments[0]):
        message = f"on_delete of {held.model.name}.{held.field.name} is a function of Python"
        raise CannotEmit(message, "emit: python")
    return arguments[0]
