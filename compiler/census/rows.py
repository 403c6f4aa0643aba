"""Row steps counted: the rows that they would write, and what their own checks before the first write would find."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState

from migspec.compiler.census.asking import TELLING, run
from migspec.compiler.census.base import Base, needed
from migspec.compiler.census.finding import Counted
from migspec.compiler.census.telling import Telling
from migspec.compiler.changes.cells import ROWS, model_of
from migspec.compiler.emit.change import Writing, names, stop_unless_one, unproved_keys
from migspec.compiler.emit.code import db, fill, joined, keywords, literal, plain
from migspec.compiler.emit.conditions import repeated, source_rows, where
from migspec.compiler.emit.delete import lookups
from migspec.compiler.emit.insert import Query, query_of, stops, update_there
from migspec.compiler.emit.keys import first_of_each, with_key
from migspec.compiler.emit.local import Constants, Local, quoted
from migspec.compiler.emit.rows import RowStep, writing_of
from migspec.compiler.emit.update import in_query, looked_at, only_named
from migspec.compiler.emit.values import Target, over
from migspec.dsl.expressions import Code
from migspec.schemas.changes import RowChange
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.data.paths import is_never_null, target, walk
from migspec.schemas.data.rows import (
    Column,
    Computed,
    Constant,
    Delete,
    InPython,
    Insert,
    KeyOf,
    Mapped,
    Repeated,
    Update,
    Value,
)
from migspec.schemas.fields.alteration import narrower

IsThere = Callable[[tuple[str, str]], bool]  # whether all rows of a model are in the database now


def count_change(
    change: RowChange, at: int, step: RowStep, base: Base, counted: Counted, connection: BaseDatabaseWrapper
) -> None:
    """Count one change of a row step, the last of its parts, which needs nothing that an earlier step makes."""
    plain_state = base.state(at)
    state = with_join_tables(plain_state)
    local = Local(state, Constants(), avoid=TELLING)
    writing = replace(writing_of(change, step, False, local), counting=True, saves=())

    def is_there(key: tuple[str, str]) -> bool:
        return not base.makers(at, [(*key, ROWS)])

    match change:
        case Update():
            body = of_update(change, writing, is_there)
        case Insert():
            body = of_insert(change, writing, is_there) if change.source else of_rows(change, writing)
        case Delete():
            body = of_delete(change, writing)
    telling = Telling(counted, counted.parts[-1], connection, is_there)
    run(body, local, base.apps(plain_state), connection, telling.functions())


def is_here(change: RowChange, at: int, base: Base, connection: BaseDatabaseWrapper) -> bool:
    """Whether the project's routers let the change run on this database."""
    model = base.apps(base.state(at)).get_model(*change.model.lower)
    return router.allow_migrate_model(connection.alias, model)


def waits_for(change: RowChange, at: int, step: RowStep, base: Base) -> list[int]:
    """Give the earlier changes that must run before this one can be counted."""
    state = base.fates.moments[at].state
    new = [(*key.lower, name) for key, name in step.new_columns]
    cells = needed(change, state, new)
    if isinstance(change, Insert) and change.model in step.fresh:
        own = {cell for cell in cells if cell[:2] == change.model.lower}
        made = [isinstance(base.fates.moments[one].change, Insert | Update | Delete) for one in base.makers(at, own)]
        if not any(made):
            cells -= own  # no rows yet, so no keys either
    return base.makers(at, cells)


# --- updates ---


def of_update(change: Update, writing: Writing, is_there: IsThere) -> list[Code]:
    local, model = writing.local, model_of(writing.local.state, change.model)
    if change.join is not None and isinstance(change.join.where, Repeated):
        source = model_of(local.state, change.join.source)
        ((name, value),) = change.assign
        column = getattr(value, "column", "pk")
        gone = fill("{}.values({})", repeated(change.join.where, source, local), quoted(column))
        chosen = fill("{}.filter({}__in={})", local.rows(model), name, gone)
        return [fill("tell_rows({}, {})", chosen, local.rows(model))]
    rows, assign, before = looked_at(change, writing)
    chosen = rows.written(plain(rows.homes), once=True)
    body = [*before, fill("tell_rows({}, {})", only_named(chosen, rows), rows.homes)]
    source = model_of(local.state, change.join.source) if change.join else model
    given = dict(change.assign)
    for name, code in assign:
        asked = doubtful(name, given[name], model, source, writing)
        of = rows.target(name)
        body += fits(of, in_query(given[name], code, of, local), chosen, model, asked, writing, is_there)
    return body


def fits(
    of: Target,
    code: Code,
    rows: Code,
    about: ModelState,
    asked: Collection[str],
    writing: Writing,
    is_there: IsThere,
) -> list[Code]:
    """Ask whether what `code` gives over rows of the model `about` fits a column."""
    key = target(writing.local.state, of.held) if "keys" in asked else None
    if key is None or not is_there(
        (key.model.app_label, key.model.name_lower)
    ):  # in rows that come later, nothing can be looked up
        asked, key = set(asked) - {"keys"}, None
    if not asked:
        return []
    local, name = writing.local, of.attname
    new, more = local.column(about, f"new_{name}"), list[Code]()
    if key is not None:
        more = [keywords([("to", plain(local.model(key.model))), ("key", quoted(key.field.attname))])]
    label, field = literal(names(of.model, name, writing)), plain(of.field(local))
    # An UPDATE or an INSERT takes an expression of mixed types, and a query asks what it is.
    typed = fill("{}({}, output_field={})", db("ExpressionWrapper"), code, field)
    annotated = fill("{}.annotate({}={})", rows, new, typed)
    return [fill("tell_fit({})", joined([annotated, quoted(new), field, label, literal(sorted(asked)), *more]))]


def doubtful(name: str, value: Value, model: ModelState, source: ModelState, writing: Writing) -> set[str]:
    """Give what has to be asked about the values for a column; the spec itself was held to what can be known."""
    state, of = writing.local.state, writing.target(model, name)
    if isinstance(value, Constant | KeyOf | Mapped | InPython) or getattr(of.held.field, "generated", False):
        return set()
    asked = {"keys"} if of.held.field.remote_field and unproved_keys([(name, value)], model, source, writing) else set()
    nullable = not of.held.field.null
    match value:
        case Column():
            start = source if value.of == "source" else model
            walked = walk(state, start, value.path)
            sizes = walked.held is None or bool(walked.rest) or _may_grow(model, walked.held.field, of.held.field)
            nullable = nullable and not is_never_null(state, start, value.path)
        case Computed():
            sizes = True
        case _:
            return asked
    return asked | ({"nulls"} if nullable else set()) | ({"sizes"} if sizes else set())


def _may_grow(model: ModelState, old: Any, new: Any) -> bool:
    return old.remote_field is None and new.remote_field is None and narrower(model, old, new)


# --- inserts ---


def of_insert(change: Insert, writing: Writing, is_there: IsThere) -> list[Code]:
    query, _ = query_of(change, writing)
    chosen = query.chosen(plain(query.homes))
    if query.key is None:
        new, every = chosen, chosen
    else:
        keyed = with_key(chosen, query.key)
        new = query.new(plain(query.homes))
        if writing.fresh and change.existing == "skip":
            new = first_of_each(keyed, query.key, change, query.assign, query.source, writing)
        every = new
        new = fill("{}.values({})", new, joined(map(quoted, query.key.columns)))
    body = [*stops(query), fill("tell_rows({})", new)]
    if change.existing == "update" and not writing.fresh and (there := update_there(change)):
        rows, _, before = looked_at(there, writing)
        body += [*before, fill("tell_rows({})", rows.written(plain(rows.homes), once=True))]
    for name, value in query.assign:
        asked = _doubtful_new(name, value, query)
        if asked:
            of = writing.target(query.model, name)
            code = over(value, of, query.source, writing.local)
            body += fits(of, code, every if "unique" in asked else chosen, query.source, asked, writing, is_there)
    return body


def _doubtful_new(name: str, value: Value, query: Query) -> set[str]:
    asked = doubtful(name, value, query.model, query.source, query.writing)
    of = query.writing.target(query.model, name)
    unique = of.held.field.unique or of.held.field.primary_key
    if unique and name not in query.change.key and isinstance(value, Column | Computed):
        walked = walk(query.writing.local.state, query.source, value.path) if isinstance(value, Column) else None
        held = walked.held if walked and not walked.hops and not walked.rest else None
        if held is None or not (held.field.unique or held.field.primary_key):
            asked.add("unique")
    return asked


def of_rows(change: Insert, writing: Writing) -> list[Code]:
    """Count rows that the spec itself holds."""
    local, model = writing.local, model_of(writing.local.state, change.model)
    wanted = dict.fromkeys(value for row in change.rows for _, value in row if isinstance(value, KeyOf))
    body = [stop_unless_one(value, None, writing) for value in wanted]
    if not change.key or writing.fresh:
        return [*body, fill("tell_literal({}, [], 'skip')", literal(list(range(len(change.rows)))))]
    keys = []
    for row in change.rows:
        given = dict(row)
        keys.append(tuple(value.value for name in change.key if isinstance(value := given[name], Constant)))
    listed = joined(map(quoted, change.key))
    rows = fill("any_of({}, {})", local.rows(model), literal([_lookups(change.key, key) for key in keys]))
    there = local.name("there")
    body.append(fill("{} = set({}.values_list({}))", there, rows, listed))
    if change.existing == "error":
        said = f"rows of {model.name} by {', '.join(change.key)} are there already"
        body.append(fill("tell('duplicates', {}, sorted({}))", literal(said), there))
    return [*body, fill("tell_literal({}, {}, {})", literal(keys), there, quoted(change.existing))]


def _lookups(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    pairs = zip(names, values, strict=True)
    return {f"{name}__isnull" if value is None else name: True if value is None else value for name, value in pairs}


# --- deletes ---


def of_delete(change: Delete, writing: Writing) -> list[Code]:
    local, model = writing.local, model_of(writing.local.state, change.model)
    homes = local.rows(model)
    chosen, before = gone(change, writing)
    body = [*before, fill("tell_rows({}, {})", chosen, homes)]
    return [*body, fill("tell_cascade({})", chosen)] if change.cascade else body


def gone(change: Delete, writing: Writing) -> tuple[Code, list[Code]]:
    """Give the rows that a delete removes, and the statements that it takes to say so."""
    local, model = writing.local, model_of(writing.local.state, change.model)
    if change.rows:
        rows = [keywords_of(lookups(row, change, writing)) for row in change.rows]
        return fill("any_of({}, [{}])", local.rows(model), joined(rows)), []
    source, before = source_rows(change.join, model, local) if change.join is not None else (None, [])
    chosen = where(plain(local.rows(model)), change.where, model, local, once=True)
    return (fill("{}.filter({}({}))", chosen, db("Exists"), source) if source else chosen), before


def keywords_of(row: Any) -> Code:
    pairs = [fill("{}: {}", quoted(name), literal(value.value)) for name, value in row if isinstance(value, Constant)]
    return fill("{{{}}}", joined(pairs))
