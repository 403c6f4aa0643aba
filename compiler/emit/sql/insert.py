"""Insert as SQL: INSERT ... SELECT from a source; for rows of the spec VALUES, or one statement each by their key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.color import no_style
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Exists, F, OuterRef, Q, Value, Window
from django.db.models.functions import RowNumber
from django.db.models.sql import InsertQuery

from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.defaults import default, has_db_value, is_required
from migspec.compiler.emit.keys import matched_columns
from migspec.compiler.emit.sql.site import Rows, Site, Statement
from migspec.compiler.emit.sql.update import update, write
from migspec.compiler.emit.sql.values import expression, over, where
from migspec.compiler.emit.values import is_own
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


def insert(change: Insert, site: Site) -> list[Statement]:
    """Give the statements of an insert; what it should check first, sql_checks.py has refused."""
    model = site.model(change.model)
    statements = _literal_rows(change, model, site) if change.source is None else _from_source(change, model, site)
    given = {name for row in (*change.rows, change.assign) for name, _ in row}
    if any(_is_numbered(model, name, site) for name in given):
        after = site.database.ops.sequence_reset_sql(no_style(), [site.model_class(model)])
        statements += [Statement(text.removesuffix(";")) for text in after]
    return statements


def _is_numbered(model: ModelState, name: str, site: Site) -> bool:
    """Whether the database numbers the rows by this column."""
    kind = site.target(model, name).held.field.get_internal_type()
    return name in primary_key(site.state, model) and "AutoField" in kind


def _into(names: Sequence[str], model: ModelState, site: Site) -> str:
    table = site.quote(site.model_class(model)._meta.db_table)
    quoted = (site.quote(site.field(site.target(model, name)).column or name) for name in names)
    return f"INSERT INTO {table} ({', '.join(quoted)})"


# --- rows of the spec ---


def _literal_rows(change: Insert, model: ModelState, site: Site) -> list[Statement]:
    rows = [with_defaults(row, model, site) for row in change.rows]
    if change.key and change.existing != "error":
        pairs = zip(change.rows, rows, strict=True)
        return [statement for named, row in pairs for statement in _by_key(change, named, row, model, site)]
    statements: list[Statement] = []
    for names in dict.fromkeys(tuple(name for name, _ in row) for row in rows):
        alike = [row for row in rows if tuple(name for name, _ in row) == names]
        size = max(1, PARAMETERS // len(names))
        for start in range(0, len(alike), size):
            lists, parameters = [], list[Any]()
            for row in alike[start : start + size]:
                text, more = _listed(row, model, site)
                lists.append(f"({text})")
                parameters += more
            statements.append(Statement(f"{_into(names, model, site)} VALUES {', '.join(lists)}", parameters))
    return statements


def _by_key(change: Insert, named: Assignments, row: Assignments, model: ModelState, site: Site) -> list[Statement]:
    """Insert a row unless its key is there; where it is, with `existing: update`, bring it up to date first."""
    key = {name: value.value for name, value in row if name in change.key and isinstance(value, Constant)}
    there = site.rows(model).filter(Q(*key.items())).order_by()
    statements = []
    if change.existing == "update":
        others = {name: _direct(value, name, model, site) for name, value in named if name not in change.key}
        statements += [write(there, others, model, site)] if others else []
    text, parameters = _listed(row, model, site)
    exists, more = site.sql(there.query.exists())
    table = " FROM DUAL" if site.vendor == "mysql" else ""
    into = _into([name for name, _ in row], model, site)
    return [*statements, Statement(f"{into} SELECT {text}{table} WHERE NOT EXISTS({exists})", parameters + more)]


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


def _from_source(change: Insert, model: ModelState, site: Site) -> list[Statement]:
    assert change.source is not None
    source = site.model(change.source)
    assign = with_defaults(change.assign, model, site)
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
            before = [update(one, site) for one in _updated(change)]
        elif not is_unique_key(change, source, site.state):
            rows = _first_of_each(rows, key, change, assign, source, site)
    text, parameters = site.sql(rows.order_by().values_list(*selected.values()).query)
    return [*before, Statement(f"{_into(list(selected), model, site)} {text}", parameters)]


def _selected(value: RowValue, name: str, model: ModelState, source: ModelState, site: Site) -> Any:
    keeps = isinstance(value, Mapped) and "keep" in (value.unmatched, value.nulls)
    kept = F(value.column.path) if isinstance(value, Mapped) and keeps else None
    return over(value, site.target(model, name), source, site, kept)


def with_defaults(assign: Assignments, model: ModelState, site: Site) -> Assignments:
    """Give the columns of new rows with their values, those that are not named too; CannotEmit where one has none."""
    given = {name for name, _ in assign}
    found = [*assign]
    for name, held in columns(site.state, model).items():
        if name in given or not is_own(site.local, model, name):
            continue
        value = default(held.field)
        if value is not None:
            found.append((name, value))
        elif is_required(held.field) and not _is_numbered(model, name, site):
            raise CannotEmit(f"{model.name}.{name} is NOT NULL and has no default", f"give '{name}' a value")
    return tuple(found)


def _new(
    rows: Rows, change: Insert, assign: Assignments, model: ModelState, source: ModelState, site: Site
) -> tuple[Rows, list[str]]:
    """Give the source rows whose key is not there yet, and the columns and annotations of theirs that make the key."""
    given = dict(assign)
    matching: dict[str, Any] = {}
    key: list[str] = []
    for name in change.key:
        value = given[name]
        if isinstance(value, Constant):
            matching[name] = value.value
            continue
        path = value.path if isinstance(value, Column) else site.local.column(source, f"new_{name}")
        if not isinstance(value, Column):
            rows = rows.annotate(**{path: _selected(value, name, model, source, site)})
        matching[name] = OuterRef(path)
        key.append(path)
    return rows.exclude(Exists(site.rows(model).filter(**matching))), key or ["pk"]


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
