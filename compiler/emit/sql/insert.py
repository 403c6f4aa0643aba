"""Insert as SQL: INSERT ... SELECT from a source; for rows of the spec VALUES, or one statement each by their key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.core.management.color import no_style
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Exists, F, OuterRef, Q, Value, Window
from django.db.models.functions import RowNumber
from django.db.models.sql import InsertQuery

from migspec.compiler.emit.change import is_auto_key
from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.defaults import has_db_value, with_defaults
from migspec.compiler.emit.keys import matched_columns
from migspec.compiler.emit.sql.saving import into_side_table, saved
from migspec.compiler.emit.sql.site import Rows, Site, Statement
from migspec.compiler.emit.sql.update import update, write
from migspec.compiler.emit.sql.values import expression, over, where
from migspec.compiler.emit.values import is_own
from migspec.compiler.reversing.side_table import Save
from migspec.schemas.data.distinct import is_key
from migspec.schemas.data.paths import columns, primary_key, walk
from migspec.schemas.data.rows import (
    Assignments,
    Column,
    Constant,
    Insert,
    Join,
    Lookups,
    Mapped,
    Update,
    of_source,
)
from migspec.schemas.data.rows import Value as RowValue

# Parameters of one statement that every SQLite takes.
PARAMETERS = 999


def insert(change: Insert, site: Site, saves: Collection[Save] = ()) -> list[Statement]:
    """Give the statements of an insert; what it should check first, sql_checks.py has refused."""
    model = site.model(change.model)
    write = _literal_rows if change.source is None else _from_source
    statements = write(change, model, site, saves)
    given = {name for row in (*change.rows, change.assign) for name, _ in row}
    if any(is_auto_key(model, name, site.state) for name in given):
        after = site.database.ops.sequence_reset_sql(no_style(), [site.model_class(model)])
        statements += [Statement(text.removesuffix(";")) for text in after]
    return statements


# --- rows of the spec ---


def _literal_rows(change: Insert, model: ModelState, site: Site, saves: Collection[Save]) -> list[Statement]:
    rows = [with_defaults(row, model, site.local) for row in change.rows]
    if change.key and change.existing != "error":
        pairs = zip(change.rows, rows, strict=True)
        return [statement for named, row in pairs for statement in _by_key(change, named, row, model, site, saves)]
    statements = [_key_saved(save, row, model, site) for save in saves if save.added for row in rows]
    for names in dict.fromkeys(tuple(name for name, _ in row) for row in rows):
        alike = [row for row in rows if tuple(name for name, _ in row) == names]
        size = max(1, PARAMETERS // len(names))
        for start in range(0, len(alike), size):
            lists, parameters = [], list[Any]()
            for row in alike[start : start + size]:
                text, more = _listed(row, model, site)
                lists.append(f"({text})")
                parameters += more
            statements.append(Statement(f"{site.into(names, model)} VALUES {', '.join(lists)}", parameters))
    return statements


def _by_key(
    change: Insert, named: Assignments, row: Assignments, model: ModelState, site: Site, saves: Collection[Save]
) -> list[Statement]:
    """Insert a row unless its key is there; where it is, with `existing: update`, bring it up to date first."""
    key = {name: value.value for name, value in row if name in change.key and isinstance(value, Constant)}
    there = site.rows(model).filter(Q(*key.items())).order_by()
    statements = []
    if change.existing == "update":
        others = {name: _direct(value, name, model, site) for name, value in named if name not in change.key}
        statements += [*saved(saves, there, site), write(there, others, model, site)] if others else []
    text, parameters = _listed(row, model, site)
    exists, more = site.sql(there.query.exists())
    table = " FROM DUAL" if site.vendor == "mysql" else ""
    unless = f"{table} WHERE NOT EXISTS({exists})"
    into = site.into([name for name, _ in row], model)
    statements += [_key_saved(save, row, model, site, unless, more) for save in saves if save.added]
    return [*statements, Statement(f"{into} SELECT {text}{unless}", parameters + more)]


def _key_saved(
    save: Save, row: Assignments, model: ModelState, site: Site, unless: str = "", more: Sequence[Any] = ()
) -> Statement:
    """Save the key of a new row."""
    given = dict(row)
    key = [(name, given[name]) for name in primary_key(site.state, save.into)]
    text, parameters = _listed(tuple(key), model, site)
    into = site.into([name for name, _ in key], save.into)
    return Statement(f"{into} SELECT {text}{unless}", [*parameters, *more])


def _direct(value: RowValue, name: str, model: ModelState, site: Site) -> Any:
    return value.value if isinstance(value, Constant) else _computed(value, name, model, site)


def _computed(value: RowValue, name: str, model: ModelState, site: Site) -> Any:
    return expression(value, site.target(model, name), site)


def _listed(row: Assignments, model: ModelState, site: Site) -> tuple[str, list[Any]]:
    """Give the values of a row, as VALUES and SELECT list them."""
    query = InsertQuery(site.model_class(model))
    compiler = query.get_compiler(connection=site.database)
    texts, parameters = [], list[Any]()
    for name, value in row:
        if isinstance(value, Constant) and value.value is None:
            texts.append("NULL")
            continue
        if isinstance(value, Constant):
            field = site.field(site.target(model, name))
            said: Any = Value(value.value, output_field=field).resolve_expression(query, for_save=True)
            text, more = said.as_sql(compiler, site.database)  # without the casts that SQLite needs elsewhere
        else:
            said = _computed(value, name, model, site).resolve_expression(query, allow_joins=False, for_save=True)
            text, more = compiler.compile(said)
        texts.append(text)
        parameters += more
    return ", ".join(texts), parameters


# --- rows from a source ---


def _from_source(change: Insert, model: ModelState, site: Site, saves: Collection[Save]) -> list[Statement]:
    assert change.source is not None
    source = site.model(change.source)
    assign = with_defaults(change.assign, model, site.local)
    _check_inherited(assign, model, site)
    selected = {
        name: _selected(value, name, model, source, site)
        for name, value in assign
        if value != Constant(None) or has_db_value(site.target(model, name).held.field)
    }
    rows = where(site.rows(source), change.where, source, site, once=True)
    before: list[Statement] = []
    if change.key and change.existing != "error":
        rows, key = _new(rows, change, assign, model, source, site)
        if change.existing == "update":
            there = [save for save in saves if not save.source]
            before = [statement for one in _updated(change) for statement in update(one, site, there)]
        elif not is_unique_key(change, source, site.state):
            rows = _first_of_each(rows, key, change, assign, source, site)
    before = [*saved([save for save in saves if save.source], rows, site), *before]
    for save in saves:
        if save.added:
            names = primary_key(site.state, save.into)
            outer = {name: _outer(dict(assign)[name], name, source, site) for name in names}
            columns = {name: selected[name] for name in names}
            before.append(into_side_table(save, rows, columns, outer, site))
    text, parameters = site.sql(rows.order_by().values_list(*selected.values()).query)
    return [*before, Statement(f"{site.into(list(selected), model)} {text}", parameters)]


def _selected(value: RowValue, name: str, model: ModelState, source: ModelState, site: Site) -> Any:
    keeps = isinstance(value, Mapped) and "keep" in (value.unmatched, value.nulls)
    kept = F(value.column.path) if isinstance(value, Mapped) and keeps else None
    return over(value, site.target(model, name), source, site, kept)


def _new(
    rows: Rows, change: Insert, assign: Assignments, model: ModelState, source: ModelState, site: Site
) -> tuple[Rows, list[str]]:
    """Give the source rows whose key is not there yet, and the columns and annotations of theirs that make the key."""
    given = dict(assign)
    matching: dict[str, Any] = {}
    key: list[str] = []
    for name in change.key:
        value = given[name]
        matching[name] = _outer(value, name, source, site)
        if isinstance(value, Constant):
            continue
        path = matching[name].name
        if not isinstance(value, Column):
            rows = rows.annotate(**{path: _selected(value, name, model, source, site)})
        key.append(path)
    return rows.exclude(Exists(site.rows(model).filter(**matching))), key or ["pk"]


def _outer(value: RowValue, name: str, source: ModelState, site: Site) -> Any:
    """Give what a column of the key is compared with: a constant, or what the source row has for it."""
    if isinstance(value, Constant):
        return value.value
    return OuterRef(value.path if isinstance(value, Column) else site.local.column(source, f"new_{name}"))


def _first_of_each(
    rows: Rows, key: Sequence[str], change: Insert, assign: Assignments, source: ModelState, site: Site
) -> Rows:
    """Of several source rows with one key give the first."""
    if all(name in change.key or isinstance(value, Constant) for name, value in assign):
        return rows.order_by().distinct()
    number = site.local.column(source, "nth")
    return rows.annotate(**{number: Window(RowNumber(), partition_by=[*key], order_by="pk")}).filter(**{number: 1})


def is_unique_key(change: Insert, source: ModelState, state: ProjectState) -> bool:
    """Whether no two source rows can have the same key."""
    given = dict(change.assign)
    paths = [value.path for name in change.key if isinstance(value := given[name], Column)]
    walks = [walk(state, source, path) for path in paths]
    return is_key(source, {one.held.field.attname for one in walks if one.held and not one.hops}, state)


def _updated(change: Insert) -> list[Update]:
    """Give the update of the rows that are there, joined by the key."""
    assert change.source is not None
    pairs, fixed = matched_columns(change)
    assign = tuple((name, of_source(value)) for name, value in change.assign if name not in change.key)
    same_key = Lookups(tuple(fixed)) if fixed else None
    join = Join(source=change.source, on=tuple(pairs), where=change.where)
    return [Update(model=change.model, assign=assign, where=same_key, join=join)] if assign else []


def _check_inherited(assign: Assignments, model: ModelState, site: Site) -> None:
    for name, _ in assign:
        if not is_own(site.local, model, name):
            parent = columns(site.state, model)[name].model.name
            raise CannotEmit(
                f"{model.name}.{name} is a column of the parent {parent}, and INSERT writes one table",
                f"insert into {parent} first, then into {model.name} with the key of the parent's row",
                "set",
                name,
            )
