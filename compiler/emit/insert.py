"""Insert as statements of a function."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState
from django.utils import timezone

from migspec.compiler.emit.change import (
    Writing,
    in_ranges,
    is_auto_key,
    names,
    ranges,
    reason,
    stop,
    stop_if,
    together,
    unproved_keys,
)
from migspec.compiler.emit.code import block, db, fill, joined, keywords, literal, message, plain
from migspec.compiler.emit.conditions import where
from migspec.compiler.emit.local import CannotEmit, quoted
from migspec.compiler.emit.update import unmapped, update
from migspec.compiler.emit.values import expression, is_own
from migspec.compiler.rerun import model_of, tables
from migspec.dsl.expressions import Code, parse
from migspec.schemas.paths import columns, held_fields, unique_sets, walk
from migspec.schemas.rows import Assignments, Column, Computed, Constant, Insert, Join, Lookups, Mapped, PerRow, Update, Value

# Rows of one bulk_create() statement, where there may be many.
BULK = 1_000
# Defaults that are empty containers are constants; clocks are read once for a statement.
EMPTY: dict[Any, Any] = {dict: {}, list: [], str: "", int: 0, bool: False}
CLOCKS: dict[Any, str] = {
    timezone.now: "timezone.now()",
    datetime.datetime.now: "datetime.datetime.now()",
    datetime.date.today: "datetime.date.today()",
}


def insert(change: Insert, writing: Writing) -> list[Code]:
    """Give the statements of an insert."""
    return literal_rows(change, writing) if change.source is None else from_source(change, writing)


# --- literal rows ---


def literal_rows(change: Insert, writing: Writing) -> list[Code]:
    """Insert the rows that the spec holds, in one transaction."""
    local, model = writing.local, model_of(writing.local.state, change.model)
    inherits = len(tables(local.state, model)) > 1
    countries, table, definition = local.rows(model), *rows_table(change.rows, model, writing)
    body: list[Code] = []
    if change.existing == "update" and change.key:
        body = _update_or_create(change, countries, table)
    else:
        missing, before = _missing(change, model, countries, table, writing)
        definition += before
        # bulk_create() does not know how to write two tables.
        if inherits:
            body = [block(plain(f"for row in {missing[0]}"), _if(missing[1], [plain(f"{countries}.create(**row)")]))]
        else:
            made = f"{local.model(model)}(**row) for row in {missing[0]}" + (f" if {missing[1]}" if missing[1] else "")
            size = f", batch_size={BULK}" if len(change.rows) > BULK else ""
            body = [plain(f"{countries}.bulk_create([{made}]{size})")]
    body += _after(change, model, writing, [name for row in change.rows for name, _ in row])
    values = [pair for row in change.rows for pair in row]
    if writing.autocommit and unproved_keys(values, model, model, writing):
        body.append(plain(f"check_foreign_keys(connection, {local.model(model)})"))
    return [*definition, *reason(writing), *together(body, writing)]


def rows_table(rows: Sequence[Assignments], model: ModelState, writing: Writing) -> tuple[str, list[Code]]:
    """Give the name of the list of rows: a constant, or a local variable where a value must be made anew each time."""
    local = writing.local
    written = [fill("{{{}}}", joined(fill("{}: {}", quoted(name), _literal(value)) for name, value in row)) for row in rows]
    if all(isinstance(value, Constant) for row in rows for _, value in row):
        return local.constants.rows(local.plural(model).upper(), written), []
    name = local.name("rows", "new_rows")
    return name, [fill("{} = [{},]", name, joined(written))]


def _literal(value: Value) -> Code:
    match value:
        case Constant():
            return literal(value.value)
        case PerRow():
            return fill("{}()", value.expression.code())
        case Computed():
            return value.expression.code()
    raise CannotEmit("a literal row has no other row to take a value from")


def _missing(
    change: Insert, model: ModelState, countries: str, table: str, writing: Writing
) -> tuple[tuple[str, str], list[Code]]:
    """Give the rows to insert (a list and a condition on `row`), and the statements before."""
    if not change.key:
        return (table, ""), []
    given = [dict(row) for row in change.rows]
    try:
        keys = {tuple(row[name].value for name in change.key) for row in given}  # type: ignore[union-attr]
    except (TypeError, AttributeError):
        raise CannotEmit("a key must be made of plain literals", "leave the column out of 'key'") from None
    single = len(change.key) == 1
    # NULL equals nothing, so a column with NULL in it cannot narrow what is looked up.
    narrow = [name for index, name in enumerate(change.key) if all(key[index] is not None for key in keys)]
    looked = [(f"{name}__in", plain(f'[row["{name}"] for row in {table}]')) for name in narrow]
    found = fill("{}.filter({})", countries, keywords(looked)) if looked else plain(countries)
    listed = joined([quoted(name) for name in change.key])
    found = fill("{}.values_list({}{})", found, listed, ", flat=True" if single else "")
    items = [f'row["{name}"]' for name in change.key]
    key = items[0] if single else f"({', '.join(items)})"
    if change.existing == "error":
        said = f"rows of {model.name} by {', '.join(change.key)} are there already"
        return (table, ""), [fill("there = set({})", found), stop_among(f"{key} for row in {table} if {key} in there", said, writing)]
    return (table, f"{key} not in there"), [fill("there = set({})", found)]


def stop_among(keys: str, said: str, writing: Writing) -> Code:
    """Stop where a list is not empty."""
    text = message(f"{writing.place}: {said}", "values[:5]")
    return block(plain(f"if values := [{keys}]"), [fill("raise ValueError({})", text)])


def _if(condition: str, body: list[Code]) -> list[Code]:
    return [block(plain(f"if {condition}"), body)] if condition else body


def _update_or_create(change: Insert, countries: str, table: str) -> list[Code]:
    key = ", ".join(f'{name}=row["{name}"]' for name in change.key)
    condition = plain(f"if not {countries}.filter({key}).update(**row)")
    return [block(plain(f"for row in {table}"), [block(condition, [plain(f"{countries}.create(**row)")])])]


def _after(change: Insert, model: ModelState, writing: Writing, given: Sequence[str]) -> list[Code]:
    """Let the database go on numbering after keys that were written."""
    if any(is_auto_key(model, name, writing) for name in given):
        return [plain(f"reset_sequences(connection, {writing.local.model(model)})")]
    return []


# --- rows from a query ---


def from_source(change: Insert, writing: Writing) -> list[Code]:
    """Insert a row for each row of a query: INSERT ... SELECT, or through Python where a value is made for each row."""
    assert change.source is not None
    local, model, source = writing.local, model_of(writing.local.state, change.model), model_of(writing.local.state, change.source)
    assign, through_python = with_defaults(change, model, writing)
    _check_inherited(assign, model, writing)
    homes = local.rows(source)
    there, annotate, keyed = _key(change, dict(assign), model, source, writing)
    before: list[Code] = []
    chosen = where(plain(homes), change.where, source, local, once=True)
    for name, value in assign:
        if isinstance(value, Mapped):
            wrong = unmapped(value, writing.target(model, name), chosen, value.column.path, writing)
            if wrong is not None:
                before += _stop_unmapped(wrong, value, model, name, writing)
    unique = _is_unique(change, dict(assign), source, writing)
    if there is not None and change.existing != "skip":
        rows = fill("{}.annotate({})", chosen, annotate) if annotate is not None else chosen
        shown = _key_columns(change, dict(assign), keyed)
        before += [] if unique else _stop_twice(rows, shown, source, change, writing)
        before += _stop_there(rows, shown, there, change, writing) if change.existing == "error" else []
    if there is not None and change.existing == "update":
        before += _update_there(change, writing)

    def select(rows: Code) -> Code:
        rows = where(rows, change.where, source, local, once=True)
        if annotate is not None:
            rows = fill("{}.annotate({})", rows, annotate)
        if there is not None and change.existing != "error":
            rows = fill("{}.exclude({}({}))", rows, db("Exists"), there)
        if there is not None and not unique and change.existing == "skip":
            rows = _first_of_key(rows, change, assign, keyed, source, writing)
        return rows

    if through_python:
        return before + _by_bulk_create(change, assign, select, homes, model, source, writing)
    return before + _by_insert_select(change, assign, select, homes, keyed, model, source, writing)


def _by_insert_select(
    change: Insert,
    assign: Assignments,
    select: Callable[[Code], Code],
    homes: str,
    keyed: dict[str, str],
    model: ModelState,
    source: ModelState,
    writing: Writing,
) -> list[Code]:
    local = writing.local
    taken: set[str] = set()
    columns = []
    for name, value in assign:
        if name in keyed:
            code = quoted(keyed[name])
        elif isinstance(value, Column) and value.path not in taken:
            code = quoted(value.path)
            taken.add(value.path)
        elif isinstance(value, Constant) and value.value is None:
            continue  # a column that is not named is NULL
        else:
            code = expression(value, writing.target(model, name), local, _kept(value))
        columns.append(fill("{}: {}", quoted(name), code))
    into = fill("{{{}}}", joined(columns))

    def write(rows: Code) -> list[Code]:
        statement = fill("insert_select(connection, {}, {}, {})", local.model(model), into, select(rows))
        return [statement, *_checked(assign, model, source, writing)]

    return [*in_ranges(homes, write, writing), *_after(change, model, writing, [name for name, _ in assign])]


def _by_bulk_create(
    change: Insert,
    assign: Assignments,
    select: Callable[[Code], Code],
    homes: str,
    model: ModelState,
    source: ModelState,
    writing: Writing,
) -> list[Code]:
    """Make the rows in Python; the model gives the columns that are not named their defaults."""
    local = writing.local
    read = [(name, value) for name, value in assign if not isinstance(value, (PerRow, Constant))]
    variables = {name: local.name(name, f"{name}_value") for name, _ in read}
    made = [
        (name, fill("{}()", value.expression.code()) if isinstance(value, PerRow) else literal(value.value))
        if isinstance(value, (PerRow, Constant))
        else (name, plain(variables[name]))
        for name, value in assign
    ]
    listed = [
        quoted(value.path) if isinstance(value, Column) else expression(value, writing.target(model, name), local, _kept(value))
        for name, value in read
    ]

    def write(rows: Code) -> list[Code]:
        values = fill("{}.values_list({})", select(rows), joined(listed) if listed else quoted("pk"))
        loop = ", ".join(variables.values()) + ("," if len(variables) == 1 else "") if variables else "_"
        found = fill("found = {}", values)
        new = fill("{}({}) for {} in found", local.model(model), keywords(made), loop)
        created = fill("{}.bulk_create([{}], batch_size={})", local.rows(model), new, f"{BULK:_}")
        return [found, created, *_checked(assign, model, source, writing)]

    after = _after(change, model, writing, [name for name, _ in assign])
    if writing.ranged or set(tables(local.state, model)) & set(tables(local.state, source)):
        return [*in_ranges(homes, write, writing), *after]
    # The ranges bound what is in memory; all of them are one transaction.
    return [*reason(writing), *together([block(ranges(homes, writing), write(plain("page")))], writing), *after]


def _kept(value: Value) -> Code | None:
    """What a map leaves alone is the value that it reads."""
    if isinstance(value, Mapped) and "keep" in (value.unmatched, value.nulls):
        return fill("{}({})", db("F"), quoted(value.column.path))
    return None


def _checked(assign: Assignments, model: ModelState, source: ModelState, writing: Writing) -> list[Code]:
    proof = [(name, replace(value, of="source") if isinstance(value, Column) else value) for name, value in assign]
    if writing.autocommit and unproved_keys(proof, model, source, writing):
        return [plain(f"check_foreign_keys(connection, {writing.local.model(model)})")]
    return []


# --- the key ---


def _key(
    change: Insert, given: dict[str, Value], model: ModelState, source: ModelState, writing: Writing
) -> tuple[Code | None, Code | None, dict[str, str]]:
    """Give the target's rows with the key of a source row, the annotations that this needs, and their names by column."""
    if not change.key:
        return None, None, {}
    local = writing.local
    matching: list[tuple[str, Code]] = []
    annotations: list[tuple[str, Code]] = []
    keyed: dict[str, str] = {}
    for name in change.key:
        value = given.get(name)
        if value is None or isinstance(value, PerRow):
            raise CannotEmit(f"the key '{name}' has no value that can be looked up", f"give '{name}' a value, or leave it out of 'key'")
        if isinstance(value, Column):
            matching.append((name, fill("{}({})", db("OuterRef"), quoted(value.path))))
        elif isinstance(value, Constant):
            matching.append((name, literal(value.value)))
        else:
            keyed[name] = local.column(source, f"new_{name}")
            annotations.append((keyed[name], expression(value, writing.target(model, name), local, _kept(value))))
            matching.append((name, fill("{}({})", db("OuterRef"), quoted(keyed[name]))))
    there = fill("{}.filter({})", local.rows(model), keywords(matching))
    variable = local.name("there", "already_there")
    local.definitions.append(fill("{} = {}", variable, there))
    return plain(variable), keywords(annotations) if annotations else None, keyed


def _is_unique(change: Insert, given: dict[str, Value], source: ModelState, writing: Writing) -> bool:
    """Whether no two source rows can have the same key."""
    read = {value.path for name in change.key if isinstance(value := given.get(name), Column)}
    names = set()
    for path in read:
        walked = walk(writing.local.state, source, path)
        if not walked.hops and walked.held is not None:
            names.add(walked.held.field.attname)
    return any(unique <= names for unique in unique_sets(writing.local.state, source))


def _key_columns(change: Insert, given: dict[str, Value], keyed: dict[str, str]) -> list[str]:
    """Give the columns and annotations of the source rows that make the key, constants apart; the key itself if none."""
    found = [keyed.get(name) or (value.path if isinstance(value := given[name], Column) else "") for name in change.key]
    return [name for name in found if name] or ["pk"]


def _first_of_key(
    rows: Code, change: Insert, assign: Assignments, keyed: dict[str, str], source: ModelState, writing: Writing
) -> Code:
    """Of several source rows with one key give the first. Ranges go up the primary key, so that the first range has it."""
    if all(name in change.key or isinstance(value, Constant) for name, value in assign):
        return fill("{}.distinct()", rows)
    parts = [quoted(name) for name in _key_columns(change, dict(assign), keyed)]
    place = writing.local.column(source, "place")
    window = fill(
        "{}({}(), partition_by=[{}], order_by={})",
        db("Window"), plain("RowNumber", "from django.db.models.functions import RowNumber"), joined(parts), quoted("pk"),
    )  # fmt: skip
    return fill("{}.annotate({}={}).filter({}=1)", rows, place, window, place)


# --- checks before the first write ---


def _stop_unmapped(wrong: Code, value: Mapped, model: ModelState, name: str, writing: Writing) -> list[Code]:
    return stop_if("unmapped", wrong, value.column.path, f"the map of {names(model, name, writing)} does not name these values", writing)


def _stop_there(rows: Code, shown: Sequence[str], there: Code, change: Insert, writing: Writing) -> list[Code]:
    taken, listed = writing.local.name("taken"), joined(map(quoted, shown))
    query = fill("{} = {}.filter({}({})).order_by({})", taken, rows, db("Exists"), there, listed)
    said = f"rows of {change.model.name} by {', '.join(change.key)} are there already"
    return [query, stop(_listing(taken, shown), said, writing)]


def _stop_twice(rows: Code, shown: Sequence[str], source: ModelState, change: Insert, writing: Writing) -> list[Code]:
    """Several source rows with one key: which of them would count, nobody has said."""
    repeated, number = writing.local.name("repeated"), writing.local.column(source, "rows")
    listed = joined(map(quoted, shown))
    query = fill(
        "{} = {}.values({}).annotate({}={}({})).filter({}__gt=1).order_by({})",
        repeated, rows, listed, number, db("Count"), quoted("*"), number, listed,
    )  # fmt: skip
    said = f"several rows of {source.name} have one key ({', '.join(change.key)})"
    return [query, stop(_listing(repeated, shown), said, writing)]


def _listing(variable: str, shown: Sequence[str]) -> str:
    flat = ", flat=True" if len(shown) == 1 else ""
    return f"{variable}.values_list({', '.join(map(repr, shown))}{flat})"


def _update_there(change: Insert, writing: Writing) -> list[Code]:
    """Bring the rows that are there up to date first: an update joined by the key."""
    assert change.source is not None
    given = dict(change.assign)
    on = [(name, value.path) for name in change.key if isinstance(value := given[name], Column)]
    fixed = [(name, value.value) for name in change.key if isinstance(value := given[name], Constant)]
    if len(on) + len(fixed) < len(change.key):
        raise CannotEmit("a key that is computed cannot be matched with the rows that are there", "existing: skip")
    joined_update = Update(
        model=change.model,
        assign=tuple((name, _of_source(value)) for name, value in change.assign if name not in change.key),
        where=Lookups(tuple(fixed)) if fixed else None,
        join=Join(source=change.source, on=tuple(on), where=change.where),
    )
    return update(joined_update, writing) if joined_update.assign else []


def _of_source(value: Value) -> Value:
    match value:
        case Column() | Computed():
            return replace(value, of="source")
        case Mapped():
            return replace(value, column=replace(value.column, of="source"))
    return value


# --- columns that are not named ---


def with_defaults(change: Insert, model: ModelState, writing: Writing) -> tuple[Assignments, bool]:
    """Give the columns with the defaults that INSERT ... SELECT would leave out, and whether rows must be made in Python.

    Python makes them where a value or a default is a callable of its own for each row.
    """
    assign = [*change.assign]
    given = {name for name, _ in assign}
    through_python = any(isinstance(value, PerRow) for _, value in assign)
    filled: list[tuple[str, Value]] = []
    for name, held in columns(writing.local.state, model).items():
        if name in given or not is_own(writing.local, model, name):
            continue
        value = default(held.field)
        if value == "call":
            through_python = True
        elif value is not None:
            filled.append((name, value))
        elif is_required(held.field) and not is_auto_key(model, name, writing):
            raise CannotEmit(f"{model.name}.{name} is NOT NULL and has no default", f"set '{name}'")
    return (change.assign, True) if through_python else ((*assign, *filled), False)


def default(field: models.Field[Any, Any]) -> Value | str | None:
    """Give the value that a new row gets; "call" where it is a callable's own for each row, None where there is none."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        kinds = {"DateField": datetime.date.today, "DateTimeField": timezone.now}
        clock = kinds.get(field.get_internal_type())
        return Computed(parse(CLOCKS[clock])) if clock else "call"
    if not field.has_default() or getattr(field, "generated", False):
        return None
    if not callable(field.default):
        return Constant(field.default)
    if field.default in EMPTY:
        return Constant(EMPTY[field.default])
    return Computed(parse(CLOCKS[field.default])) if field.default in CLOCKS else "call"


def is_required(field: models.Field[Any, Any]) -> bool:
    has_value = field.has_default() or getattr(field, "generated", False) or field.db_default is not models.NOT_PROVIDED
    return not field.null and not has_value and not field.primary_key


def _check_inherited(assign: Assignments, model: ModelState, writing: Writing) -> None:
    held = held_fields(writing.local.state, model)
    for name, _ in assign:
        if not is_own(writing.local, model, name):
            parent = next(one.model.name for one in held.values() if one.field.attname == name)
            raise CannotEmit(
                f"{model.name}.{name} is a column of the parent {parent}, and INSERT writes one table",
                f"insert into {parent} first, then into {model.name} with the key of the parent's row",
            )
