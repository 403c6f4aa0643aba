"""Insert as statements of a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db.migrations.state import ModelState

from migspec.compiler.cells import model_of, tables
from migspec.compiler.emit.change import (
    Writing,
    after_keys,
    in_ranges,
    names,
    ranges,
    reason,
    stop_if,
    together,
    unproved_keys,
)
from migspec.compiler.emit.code import CannotEmit, block, fill, joined, keywords, literal, plain
from migspec.compiler.emit.conditions import where
from migspec.compiler.emit.defaults import has_db_value, stop_clocks, with_defaults
from migspec.compiler.emit.keys import (
    Key,
    first_of_each,
    key_of,
    matched_columns,
    stop_there,
    stop_twice,
    with_key,
    without_there,
)
from migspec.compiler.emit.literal_rows import BULK, literal_rows
from migspec.compiler.emit.local import quoted
from migspec.compiler.emit.update import unmapped, update
from migspec.compiler.emit.values import expression, is_own, kept_source, null
from migspec.dsl.expressions import Code
from migspec.schemas.paths import walk
from migspec.schemas.rows import (
    Assignments,
    Column,
    Computed,
    Constant,
    Insert,
    Join,
    Lookups,
    Mapped,
    PerRow,
    Update,
    Value,
)


def insert(change: Insert, writing: Writing) -> list[Code]:
    """Give the statements of an insert: the checks, then the write."""
    return literal_rows(change, writing) if change.source is None else _from_query(change, writing)


@dataclass(frozen=True, slots=True)
class Query:
    """An insert from the rows of a source."""

    change: Insert
    assign: Assignments  # with the defaults of columns that the change does not name
    model: ModelState
    source: ModelState
    homes: str  # the variable of all source rows
    key: Key | None
    writing: Writing

    def chosen(self, rows: Code) -> Code:
        """Those of the source rows that `where` selects, each once."""
        return where(rows, self.change.where, self.source, self.writing.local, once=True)

    def new(self, rows: Code) -> Code:
        """Those of the source rows that become new rows."""
        rows, key = self.chosen(rows), self.key
        if key is None:
            return rows
        rows = with_key(rows, key)
        if self.change.existing == "error":
            return rows
        rows = without_there(rows, key)
        if self.change.existing == "update":
            return rows
        return first_of_each(rows, key, self.change, self.assign, self.source, self.writing)

    def value(self, name: str, value: Value) -> Code:
        """What SELECT takes for a column."""
        if self.key is not None and name in self.key.named:
            return quoted(self.key.named[name])
        if isinstance(value, Column):
            return quoted(value.path)
        return expression(value, self.writing.target(self.model, name), self.writing.local, kept_source(value))


def _from_query(change: Insert, writing: Writing) -> list[Code]:
    assert change.source is not None
    state = writing.local.state
    model, source = model_of(state, change.model), model_of(state, change.source)
    assign, in_python = with_defaults(change, model, writing)
    _check_inherited(assign, model, writing)
    homes = writing.local.rows(source)
    query = Query(change, assign, model, source, homes, key_of(change, assign, model, source, writing), writing)
    write = _by_bulk_create(query) if in_python else _by_insert_select(query)
    reads_itself = set(tables(state, model)) & set(tables(state, source))
    if in_python and not writing.ranged and not reads_itself:
        # The ranges bound what is in memory; all of them are one transaction.
        loop = block(ranges(homes, writing), write(plain("page")))
        written = [*reason(writing), *together([loop], writing)]
    else:
        written = in_ranges(homes, write, writing)
    stopped = stop_clocks(model, [name for name, _ in change.assign], writing) if in_python else []
    return [*_checks(query), *stopped, *written, *after_keys(model, [name for name, _ in assign], writing)]


def _by_insert_select(query: Query) -> Callable[[Code], list[Code]]:
    local, taken, into = query.writing.local, set[str](), list[Code]()
    for name, value in query.assign:
        code = query.value(name, value)
        if isinstance(value, Constant) and value.value is None:
            if not has_db_value(query.writing.target(query.model, name).held.field):
                continue  # a column that is not named is NULL
            code = null(query.writing.target(query.model, name), local)
        elif code.text in taken and isinstance(value, Column):  # a column that is selected twice needs two names
            code = expression(value, query.writing.target(query.model, name), local)
        taken.add(code.text)
        into.append(fill("{}: {}", quoted(name), code))
    columns = fill("{{{}}}", joined(into))

    def write(rows: Code) -> list[Code]:
        before, rows = _unless_empty(query, rows) if query.writing.fresh else ([], query.new(rows))
        call = fill("insert_select(connection, {}, {}, {})", local.model(query.model), columns, rows)
        return [*before, call, *_checked(query)]

    return write


def _unless_empty(query: Query, rows: Code) -> tuple[list[Code], Code]:
    """Look keys up only where there are any: in a new table that is after a run that was cut off, and it costs much."""
    if query.key is None or query.change.existing != "skip":
        return [], query.new(rows)
    local, key = query.writing.local, query.key
    name = local.name("rows", "new_rows")
    begin = fill("{} = {}", name, with_key(query.chosen(rows), key))
    narrow = fill("{} = {}", name, without_there(plain(name), key))
    lookup = block(plain(f"if {local.rows(query.model)}.exists()"), [narrow])
    return [begin, lookup], first_of_each(plain(name), key, query.change, query.assign, query.source, query.writing)


def _by_bulk_create(query: Query) -> Callable[[Code], list[Code]]:
    """Make the rows in Python; the model gives the columns that are not named their defaults."""
    local = query.writing.local
    read = [(name, value) for name, value in query.assign if not isinstance(value, PerRow | Constant)]
    variables = {name: local.name(name, f"{name}_value") for name, _ in read}
    values = [(name, _made(value, variables.get(name, ""))) for name, value in query.assign]
    selected = joined(query.value(name, value) for name, value in read) if read else quoted("pk")
    variable = ", ".join(variables.values()) + ("," if len(variables) == 1 else "") if variables else "_"

    def write(rows: Code) -> list[Code]:
        found = fill("found = {}.values_list({})", query.new(rows), selected)
        new = fill("{}({}) for {} in found", local.model(query.model), keywords(values), variable)
        create = fill("{}.bulk_create([{}], batch_size={})", local.rows(query.model), new, f"{BULK:_}")
        return [found, create, *_checked(query)]

    return write


def _made(value: Value, variable: str) -> Code:
    match value:
        case PerRow():
            return fill("{}()", value.expression.code())
        case Constant():
            return literal(value.value)
    return plain(variable)


def _checked(query: Query) -> list[Code]:
    assign = [(name, _of_source(value)) for name, value in query.assign]
    if query.writing.autocommit and unproved_keys(assign, query.model, query.source, query.writing):
        return [plain(f"check_foreign_keys(connection, {query.writing.local.model(query.model)})")]
    return []


# --- before the first new row ---


def _checks(query: Query) -> list[Code]:
    """Stop where something is wrong, and bring the rows that are there up to date."""
    change, writing, found = query.change, query.writing, list[Code]()
    chosen = query.chosen(plain(query.homes))
    for name, value in query.assign:
        if isinstance(value, Mapped):
            wrong = unmapped(value, writing.target(query.model, name), chosen, value.column.path, writing)
            said = f"the map of {names(query.model, name, writing)} does not name these values"
            found += stop_if("unmapped", wrong, value.column.path, said, writing) if wrong is not None else []
    if query.key is None or change.existing == "skip":
        return found
    found += stop_twice(with_key(chosen, query.key), query.key, query.source, change, writing)
    if change.existing == "error":
        return [*found, *stop_there(with_key(chosen, query.key), query.key, change, writing)]
    return [*found, *_update_there(change, writing)]


def _update_there(change: Insert, writing: Writing) -> list[Code]:
    """Bring the rows that are there up to date: an update joined by the key."""
    assert change.source is not None
    pairs, fixed = matched_columns(change)
    assign = tuple((name, _of_source(value)) for name, value in change.assign if name not in change.key)
    same_key = Lookups(tuple((name, value) for name, value in fixed)) if fixed else None
    join = Join(source=change.source, on=tuple(pairs), where=change.where)
    return update(Update(model=change.model, assign=assign, where=same_key, join=join), writing) if assign else []


def _of_source(value: Value) -> Value:
    """The one row that an insert reads is the source row, however that is written."""
    match value:
        case Column() | Computed():
            return replace(value, of="source")
        case Mapped():
            return replace(value, column=replace(value.column, of="source"))
    return value


def _check_inherited(assign: Assignments, model: ModelState, writing: Writing) -> None:
    for name, _ in assign:
        if not is_own(writing.local, model, name):
            held = walk(writing.local.state, model, name).held
            parent = held.model.name if held else ""
            raise CannotEmit(
                f"{model.name}.{name} is a column of the parent {parent}, and INSERT writes one table",
                f"insert into {parent} first, then into {model.name} with the key of the parent's row",
            )
