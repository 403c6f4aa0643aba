"""Insert as statements of a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db.migrations.state import ModelState

from migspec.compiler.changes.cells import model_of, tables
from migspec.compiler.emit.change import (
    Writing,
    after_keys,
    in_ranges,
    names,
    ranges,
    reason,
    stop_if,
    stop_unless_one,
    together,
    unproved_keys,
)
from migspec.compiler.emit.code import CannotEmit, block, db, fill, joined, keywords, literal, plain
from migspec.compiler.emit.conditions import where
from migspec.compiler.emit.defaults import has_db_value, stop_clocks, with_defaults
from migspec.compiler.emit.functions import call, checks, needed, rows_with
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
from migspec.compiler.emit.side_tables import saving_sources
from migspec.compiler.emit.update import jointly_unmapped, unmapped, update
from migspec.compiler.emit.values import expression, is_named, is_own, kept_source, null, over
from migspec.dsl.expressions import Code
from migspec.schemas.data.paths import primary_key, walk
from migspec.schemas.data.rows import (
    Assignments,
    Column,
    Constant,
    Converted,
    InPython,
    Insert,
    Join,
    JointlyMapped,
    KeyOf,
    Lookups,
    Mapped,
    Numbered,
    PerRow,
    PythonValue,
    Reshaped,
    Update,
    Value,
    of_source,
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
        of = self.writing.target(self.model, name)
        return over(value, of, self.source, self.writing.local, kept_source(value))


def query_of(change: Insert, writing: Writing) -> tuple[Query, bool]:
    """Give the query of an insert, and whether Python makes its rows."""
    assert change.source is not None
    state = writing.local.state
    model, source = model_of(state, change.model), model_of(state, change.source)
    assign = with_defaults(change.assign, model, writing.local)
    # Where a value or a default is a callable's own for each row, Python makes the rows, and the model their defaults.
    if in_python := any(isinstance(value, InPython) for _, value in assign):
        given = dict(change.assign)
        assign = tuple(pair for pair in assign if pair[0] in given)
    _check_inherited(assign, model, writing)
    homes = writing.local.rows(source)
    key = key_of(change, assign, model, source, writing)
    return Query(change, assign, model, source, homes, key, writing), in_python


def _from_query(change: Insert, writing: Writing) -> list[Code]:
    query, in_python = query_of(change, writing)
    state, model, source, homes = writing.local.state, query.model, query.source, query.homes
    write = _by_bulk_create(query) if in_python else _by_insert_select(query)
    reads_itself = set(tables(state, model)) & set(tables(state, source))
    if in_python and not writing.ranged and not reads_itself:
        # The ranges bound what is in memory; all of them are one transaction.
        loop = block(ranges(homes, writing, in_memory=True), write(plain("page")))
        written = [*reason(writing), *together([loop], writing)]
    else:
        written = in_ranges(homes, write, writing, in_memory=in_python, come_or_go=True)
    stopped = stop_clocks(model, [name for name, _ in change.assign], writing) if in_python else []
    stopped += saving_sources(writing)
    return [*stops(query), *stopped, *written, *after_keys(model, [name for name, _ in query.assign], writing)]


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
        before, rows = _unless_empty(query, rows) if query.writing.fresh else _keys_kept(query, query.new(rows))
        call = fill("insert_select(connection, {}, {}, {})", local.model(query.model), columns, rows)
        return [*before, call, *_checked(query)]

    return write


def _keys_kept(query: Query, rows: Code) -> tuple[list[Code], Code]:
    """Save the keys of the new rows, in their side table, unless they are there."""
    local, key = query.writing.local, query.key
    added = next((save for save in query.writing.saves if save.added), None)
    if added is None:
        return [], rows
    name, given = local.name("rows", "new_rows"), dict(query.assign)
    attnames = [attname for attname, field in added.into.fields.items() if attname in given]
    columns = joined(fill("{}: {}", quoted(attname), query.value(attname, given[attname])) for attname in attnames)
    begin, rows = fill("{} = {}", name, rows), plain(name)
    if key is not None and set(attnames) == set(query.change.key):
        there = local.define("kept", fill("{}.filter({})", local.rows(added.into), key.matching))
        rows = fill("{}.exclude({}({}))", rows, db("Exists"), there)
    return [begin, fill("insert_select(connection, {}, {{{}}}, {})", added.into.name, columns, rows)], plain(name)


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
    local, given = query.writing.local, [value for _, value in query.assign if isinstance(value, InPython)]
    if any(isinstance(value, Numbered) for _, value in query.assign):
        raise CannotEmit(
            "numbers of rows and values of Python are not written together", "set one of them in a later step"
        )
    paths, named = needed(given), query.key.named if query.key is not None else {}
    read = [(name, value) for name, value in query.assign if not isinstance(value, InPython | Constant)]
    as_text = {name for name, value in read if name not in named and _is_json(name, value, query)}
    selects = {name: _selected(name, value, query, as_text=name in as_text) for name, value in read}
    computed: list[tuple[str, Code]] = []  # what the source row is annotated with
    if not paths:
        variables = {name: local.name(name, f"{name}_value") for name, _ in read}
        listed = ", ".join(variables.values()) or "_"
        variable = f"({listed},)" if len(variables) == 1 else listed
        selected = joined(selects.values()) if read else quoted("pk")
    else:  # functions get the source row itself
        variable, variables = "row", {}
        for name, value in read:
            if isinstance(value, Column) and name not in as_text:
                paths.append(value.path)
                variables[name] = f"row.{named.get(name, value.path.replace('__', '.'))}"
            elif name in named:
                variables[name] = f"row.{named[name]}"
            else:
                new = local.column(query.source, f"new_{name}")
                variables[name] = f"row.{new}"
                computed.append((new, selects[name]))
    values = [
        (name, _json(variables[name]) if name in as_text else _made(value, variables.get(name, ""), name, query))
        for name, value in query.assign
    ]

    def write(rows: Code) -> list[Code]:
        before, chosen = _keys_kept(query, query.new(rows))
        if variable == "row":
            key = primary_key(local.state, query.source)
            found = rows_with(chosen, [path for path in dict.fromkeys(paths) if path not in key])
            found = fill("found = {}", fill("{}.annotate({})", found, keywords(computed)) if computed else found)
        else:
            found = fill("found = {}.values_list({})", chosen, selected)
        new = fill("{}({}) for {} in found", local.model(query.model), keywords(values), variable)
        create = fill("{}.bulk_create([{}], batch_size={})", local.rows(query.model), new, f"{BULK:_}")
        return [*before, found, create, *_checked(query)]

    return write


def _is_json(name: str, value: Value, query: Query) -> bool:
    """Whether a value is JSON of a source row: Python has None for NULL as for the JSON value null."""
    field = query.writing.target(query.model, name).held.field
    return isinstance(value, Column) and field.get_internal_type() == "JSONField"


def _selected(name: str, value: Value, query: Query, *, as_text: bool) -> Code:
    if not as_text:
        return query.value(name, value)
    cast = plain("Cast", "from django.db.models.functions import Cast")
    return fill("{}({}, {}())", cast, query.value(name, value), db("TextField"))


def _json(text: str) -> Code:
    loads = plain("json.loads", "import json")
    return fill("{} and {}({}({}), {}())", text, db("Value"), loads, text, db("JSONField"))


def _made(value: Value, variable: str, name: str, query: Query) -> Code:
    match value:
        case Constant():
            return literal(value.value)
        case PerRow() | PythonValue() | Converted() | Reshaped():
            return call(value, query.writing.target(query.model, name), "row", query.writing.local)
    return plain(variable)


def _checked(query: Query) -> list[Code]:
    assign = [(name, of_source(value)) for name, value in query.assign]
    if query.writing.autocommit and unproved_keys(assign, query.model, query.source, query.writing):
        return [plain(f"check_foreign_keys(connection, {query.writing.local.model(query.model)})")]
    return []


# --- before the first new row ---


def stops(query: Query) -> list[Code]:
    """Stop where something is wrong, and bring the rows that are there up to date."""
    change, writing, found = query.change, query.writing, list[Code]()
    chosen = query.chosen(plain(query.homes))
    for name, value in query.assign:
        if isinstance(value, KeyOf):
            found.append(stop_unless_one(value, chosen, writing))
        if isinstance(value, Mapped):
            wrong = unmapped(value, writing.target(query.model, name), chosen, value.column.path, writing)
            said = f"the map of {names(query.model, name, writing)} does not name these values"
            found += stop_if("unmapped", wrong, value.column.path, said, writing) if wrong is not None else []
        elif isinstance(value, JointlyMapped) and value.unmatched == "error":
            of, paths = writing.target(query.model, name), [column.path for column in value.columns]
            found += jointly_unmapped(of, chosen, is_named(value, of, writing.local), paths, query.source, writing)
        elif isinstance(value, InPython):
            found += checks(value, writing.target(query.model, name), chosen, writing)
    if query.key is None or change.existing == "skip":
        return found
    found += stop_twice(with_key(chosen, query.key), query.key, query.source, change, writing)
    if writing.counting and writing.fresh:  # a table that is not there yet
        return found
    if change.existing == "error":
        return [*found, *stop_there(with_key(chosen, query.key), query.key, change, writing)]
    there = update_there(change)
    others = replace(writing, saves=tuple(save for save in writing.saves if not save.source))
    return [*found, *(update(there, others) if there and not writing.counting else [])]


def update_there(change: Insert) -> Update | None:
    """Give the update, joined by the key, that brings the rows that are there up to date; None where nothing is set."""
    assert change.source is not None
    pairs, fixed = matched_columns(change)
    assign = tuple((name, of_source(value)) for name, value in change.assign if name not in change.key)
    for name, value in assign:
        if isinstance(value, InPython) and needed([value]):
            source = change.source.name
            raise CannotEmit(
                f"rows of {change.model.name} that are there get no value that Python computes from a row of {source}",
                f"existing: skip, or fill a column of {source} in a step before, and copy that",
                "set",
                name,
            )
    same_key = Lookups(tuple((name, value) for name, value in fixed)) if fixed else None
    join = Join(source=change.source, on=tuple(pairs), where=change.where)
    return Update(model=change.model, assign=assign, where=same_key, join=join) if assign else None


def _check_inherited(assign: Assignments, model: ModelState, writing: Writing) -> None:
    for name, _ in assign:
        if not is_own(writing.local, model, name):
            held = walk(writing.local.state, model, name).held
            parent = held.model.name if held else ""
            raise CannotEmit(
                f"{model.name}.{name} is a column of the parent {parent}, and INSERT writes one table",
                f"insert into {parent} first, then into {model.name} with the key of the parent's row",
            )
