"""Rows that the spec itself holds: inserted where they are not there yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db.migrations.state import ModelState

from migspec.compiler.cells import model_of, tables
from migspec.compiler.emit.change import Writing, after_keys, reason, together, unproved_keys
from migspec.compiler.emit.code import CannotEmit, block, fill, joined, keywords, list_of, literal, message, plain
from migspec.compiler.emit.defaults import clocks, stop_clocks
from migspec.compiler.emit.local import quoted
from migspec.dsl.expressions import Code
from migspec.schemas.rows import Assignments, Computed, Constant, Insert, PerRow, Value
from migspec.schemas.writing import now

# Rows of one bulk_create() statement.
BULK = 1_000


def literal_rows(change: Insert, writing: Writing) -> list[Code]:
    """Give the statements that insert the rows of the spec, in one transaction.

    Columns that a row does not name get their defaults from the model, a callable one for each row.
    """
    local, model = writing.local, model_of(writing.local.state, change.model)
    change = _with_clocks(change, model, writing)
    countries, (table, before) = local.rows(model), rows_table(change.rows, model, writing)
    if change.existing == "update" and change.key:
        body = [_update_or_create(change, countries, table)]
    else:
        there, condition = _there(change, model, countries, table, writing)
        before = [*before, *there]
        body = [_create(change, model, countries, table, condition, writing)]
    body += after_keys(model, [name for row in change.rows for name, _ in row], writing)
    values = [pair for row in change.rows for pair in row]
    if writing.autocommit and unproved_keys(values, model, model, writing):
        body.append(plain(f"check_foreign_keys(connection, {local.model(model)})"))
    before += stop_clocks(model, [name for row in change.rows for name, _ in row], writing)
    return [*before, *reason(writing), *together(body, writing)]


def _with_clocks(change: Insert, model: ModelState, writing: Writing) -> Insert:
    """Give every row the present in a column that the model fills with it, where another row has a value of its own."""
    stopped = clocks(model, [name for row in change.rows for name, _ in row], writing)
    if not stopped:
        return change
    completed = []
    for row in change.rows:
        missing = [(name, now(field)) for name, field in stopped.items() if name not in dict(row)]
        for name, value in missing:
            if isinstance(value, str):
                raise CannotEmit(f"{model.name}.{name} {value}", f"give '{name}' a value in every row, or in none")
        completed.append((*row, *((name, value) for name, value in missing if not isinstance(value, str))))
    return replace(change, rows=tuple(completed))


def rows_table(rows: Sequence[Assignments], model: ModelState, writing: Writing) -> tuple[str, list[Code]]:
    """Give the name of a list of rows: a constant, or a local variable where a value is made anew each time."""
    local = writing.local
    items = [fill("{{{}}}", joined(fill("{}: {}", quoted(name), _item(value)) for name, value in row)) for row in rows]
    if all(isinstance(value, Constant) for row in rows for _, value in row):
        return local.constants.rows(local.plural(model).upper(), items), []
    name = local.name("rows", "new_rows")
    return name, [fill("{} = {}", name, list_of(items))]


def _item(value: Value) -> Code:
    match value:
        case Constant():
            return literal(value.value)
        case PerRow():
            return fill("{}()", value.expression.code())
        case Computed():
            return value.expression.code()
    raise CannotEmit("a literal row has no other row to take a value from")


def _create(change: Insert, model: ModelState, countries: str, table: str, condition: str, writing: Writing) -> Code:
    if len(tables(writing.local.state, model)) > 1:  # bulk_create() does not write two tables
        create = plain(f"{countries}.create(**row)")
        return block(plain(f"for row in {table}"), [block(plain(f"if {condition}"), [create]) if condition else create])
    made = f"{writing.local.model(model)}(**row) for row in {table}" + (f" if {condition}" if condition else "")
    size = f", batch_size={BULK:_}" if len(change.rows) > BULK else ""
    return plain(f"{countries}.bulk_create([{made}]{size})")


def _update_or_create(change: Insert, countries: str, table: str) -> Code:
    key = ", ".join(f'{name}=row["{name}"]' for name in change.key)
    condition = plain(f"if not {countries}.filter({key}).update(**row)")
    return block(plain(f"for row in {table}"), [block(condition, [plain(f"{countries}.create(**row)")])])


def _there(change: Insert, model: ModelState, countries: str, table: str, writing: Writing) -> tuple[list[Code], str]:
    """Give the statements that look up the keys, and the condition on `row` for those that are not there."""
    if not change.key:
        return [], ""
    keys = _keys(change)
    single = len(change.key) == 1
    # NULL equals nothing, so a column with NULL in it cannot narrow what is looked up.
    narrow = [name for index, name in enumerate(change.key) if all(key[index] is not None for key in keys)]
    looked = [(f"{name}__in", plain(f'[row["{name}"] for row in {table}]')) for name in narrow]
    found = fill("{}.filter({})", countries, keywords(looked)) if looked else plain(countries)
    listed = joined(quoted(name) for name in change.key)
    there = fill("there = set({}.values_list({}{}))", found, listed, ", flat=True" if single else "")
    items = ", ".join(f'row["{name}"]' for name in change.key)
    key = items if single else f"({items})"
    if change.existing == "skip":
        return [there], f"{key} not in there"
    said = f"{writing.place}: rows of {model.name} by {', '.join(change.key)} are there already"
    text = message(said, "values[:5]")
    check = plain(f"if values := [{key} for row in {table} if {key} in there]")
    return [there, block(check, [fill("raise ValueError({})", text)])], ""


def _keys(change: Insert) -> set[tuple[object, ...]]:
    """Give the keys of the rows as Python values: what is there is compared with them in Python."""
    found = set()
    for row in change.rows:
        given = dict(row)
        key = [given.get(name) for name in change.key]
        values = tuple(value.value for value in key if isinstance(value, Constant))
        try:
            found.add(values)
        except TypeError:  # lists and mappings
            values = ()
        if len(values) < len(key):
            raise CannotEmit("a key must be made of plain literals that every row has", "leave the column out of 'key'")
    return found
