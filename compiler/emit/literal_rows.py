"""Rows that the spec itself holds: inserted where they are not there yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import models
from django.db.migrations.state import ModelState

from migspec.compiler.changes.cells import model_of, tables
from migspec.compiler.emit.change import (
    Writing,
    after_keys,
    reason,
    stop_unless_one,
    stop_where,
    together,
    unproved_keys,
)
from migspec.compiler.emit.code import (
    CannotEmit,
    block,
    code_of,
    fill,
    joined,
    keywords,
    list_of,
    literal,
    plain,
)
from migspec.compiler.emit.defaults import clocks, stop_clocks
from migspec.compiler.emit.local import Local, quoted, snake
from migspec.compiler.emit.side_tables import saving
from migspec.compiler.emit.values import got
from migspec.compiler.reversing.side_table import Save
from migspec.dsl.expressions import Code
from migspec.schemas.data.paths import primary_key, stored
from migspec.schemas.data.rows import Assignments, Computed, Constant, Insert, KeyOf, PerRow, Value
from migspec.schemas.data.writing import now

# Rows of one bulk_create() statement.
BULK = 1_000

# Up to so many rows, a query for each tells whether its key is there: the code is shorter than that for many at once.
ONE_BY_ONE = 50


@dataclass(frozen=True, slots=True)
class Each:
    """The head of a loop over rows, and the condition on those that are meant."""

    head: str
    condition: str = ""

    def __str__(self) -> str:
        """As in a comprehension."""
        return f"{self.head} if {self.condition}" if self.condition else self.head

    def loop(self, body: list[Code]) -> Code:
        return block(plain(self.head), [block(plain(f"if {self.condition}"), body)] if self.condition else body)


def literal_rows(change: Insert, writing: Writing) -> list[Code]:
    """Give the statements that insert the rows of the spec, in one transaction.

    Columns that a row does not name get their defaults from the model, a callable one for each row.
    """
    local, model = writing.local, model_of(writing.local.state, change.model)
    change = _with_clocks(change, model, writing)
    countries, (table, before) = local.rows(model), rows_table(change.rows, model, writing)
    if change.existing == "update" and change.key:
        body = [_update_or_create(change, model, countries, table, writing)]
    else:
        there, each = _there(change, model, countries, table, writing)
        before = [*before, *there]
        body = [_create(change, model, countries, each, writing)]
    body += after_keys(model, [name for row in change.rows for name, _ in row], writing)
    values = [pair for row in change.rows for pair in row]
    if writing.autocommit and unproved_keys(values, model, model, writing):
        body.append(plain(f"check_foreign_keys(connection, {local.model(model)})"))
    wanted = dict.fromkeys(value for _, value in values if isinstance(value, KeyOf))
    before = [*(stop_unless_one(value, None, writing) for value in wanted), *before]
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
    if all(isinstance(value, Constant) for row in rows for _, value in row):
        return local.constants.dicts(local.plural(model).upper(), _items(rows, local), model), []
    items = [
        fill("{{{}}}", joined(fill("{}: {}", quoted(name), item) for name, item in row.items()))
        for row in _items(rows, local)
    ]
    name = local.name("rows", "new_rows")
    return name, [fill("{} = {}", name, list_of(items))]


def looked_up(rows: Sequence[Assignments], model: ModelState, writing: Writing) -> tuple[str, str, list[Code]]:
    """Give the name of a list of rows, the arguments of filter() for one of them, and what defines the list.

    A list that is there, of rows with more columns, does as well.
    """
    names = {tuple(name for name, _ in row) for row in rows}
    wider = writing.local.constants.wider(_items(rows, writing.local), model) if len(names) == 1 else None
    if wider is None:
        table, definition = rows_table(rows, model, writing)
        return table, "**row", definition
    (columns,) = names
    return wider, ", ".join(f'{name}=row["{name}"]' for name in columns), []


def _items(rows: Sequence[Assignments], local: Local) -> list[dict[str, Code]]:
    return [{name: _item(value, local) for name, value in row} for row in rows]


def _item(value: Value, local: Local) -> Code:
    match value:
        case KeyOf():
            return fill("{}.values_list({}, flat=True).get()", got(value, local), quoted(value.column))
        case Constant():
            return literal(value.value)
        case PerRow():
            return fill("{}()", code_of(value.expression))
        case Computed():
            return code_of(value.expression)
    raise CannotEmit("a literal row has no other row to take a value from")


def _create(change: Insert, model: ModelState, countries: str, each: Each, writing: Writing) -> Code:
    if added := _added(writing):
        return each.loop(_create_one(countries, added, model, writing))
    if len(tables(writing.local.state, model)) > 1:  # bulk_create() does not write two tables
        return each.loop([plain(f"{countries}.create(**row)")])
    made = f"{writing.local.model(model)}(**row) {each}"
    size = f", batch_size={BULK:_}" if len(change.rows) > BULK else ""
    return plain(f"{countries}.bulk_create([{made}]{size})")


def _update_or_create(change: Insert, model: ModelState, countries: str, table: str, writing: Writing) -> Code:
    key = ", ".join(f'{name}=row["{name}"]' for name in change.key)
    added, there = _added(writing), plain(f"{countries}.filter({key})")
    create = _create_one(countries, added, model, writing) if added else [plain(f"{countries}.create(**row)")]
    saved, there = saving(there, there, there, "known", writing)
    body = [*saved, block(fill("if not {}.update(**row)", there), create)]
    return block(plain(f"for row in {table}"), body)


def _added(writing: Writing) -> Save | None:
    """Give the side table for the keys of new rows."""
    return next((save for save in writing.saves if save.added), None)


def _create_one(countries: str, added: Save, model: ModelState, writing: Writing) -> list[Code]:
    """Create a row and save the key that it got."""
    local = writing.local
    country = local.name(snake(model.name), f"new_{snake(model.name)}")
    key = ", ".join(f"{name}={country}.{name}" for name in primary_key(local.state, added.into))
    return [plain(f"{country} = {countries}.create(**row)"), plain(f"{local.rows(added.into)}.create({key})")]


def _there(change: Insert, model: ModelState, countries: str, table: str, writing: Writing) -> tuple[list[Code], Each]:
    """Give the statements that look up the keys, and the loop over the rows whose key is not there."""
    every_row = Each(f"for row in {table}")
    if not change.key:
        return [], every_row
    keys = _keys(change)
    single = len(change.key) == 1
    items = ", ".join(f'row["{name}"]' for name in change.key)
    key = items if single else f"({items})"
    if writing.on_mysql and any(_is_text(name, model, writing) for name in change.key):
        # What is equal is for the database to say: on MySQL, case, accents and trailing spaces do not count.
        looked_up = ", ".join(f'{name}=row["{name}"]' for name in change.key)
        head, exists = every_row.head, f"{countries}.filter({looked_up}).exists()"
        if len(change.rows) > ONE_BY_ONE:
            asked = f"are_there({countries}, {table}, {literal(list(change.key)).text})"
            head, exists = f"for row, there in zip({table}, {asked})", "there"
        if change.existing == "skip":
            return [], Each(head, f"not {exists}")
        return [_stop_there(f"[{key} {Each(head, exists)}]", change, model, writing)], every_row
    # NULL equals nothing, so a column with NULL in it cannot narrow what is looked up.
    narrow = [name for index, name in enumerate(change.key) if all(key[index] is not None for key in keys)]
    looked = [(f"{name}__in", plain(f'[row["{name}"] for row in {table}]')) for name in narrow]
    found = fill("{}.filter({})", countries, keywords(looked)) if looked else plain(countries)
    listed = joined(quoted(name) for name in change.key)
    there = fill("there = set({}.values_list({}{}))", found, listed, ", flat=True" if single else "")
    if change.existing == "skip":
        return [there], Each(every_row.head, f"{key} not in there")
    return [there, _stop_there(f"[{key} for row in {table} if {key} in there]", change, model, writing)], every_row


def _stop_there(listed: str, change: Insert, model: ModelState, writing: Writing) -> Code:
    said = f"rows of {model.name} by {', '.join(change.key)} are there already"
    return stop_where(plain(listed), said, writing, about="duplicates")


def _is_text(name: str, model: ModelState, writing: Writing) -> bool:
    """Whether a column holds text that MySQL compares by its own rules."""
    field = stored(writing.local.state, writing.target(model, name).held).field
    return isinstance(field, models.CharField | models.TextField) and not field.db_collation


def _keys(change: Insert) -> set[tuple[object, ...]]:
    """Give the keys of the rows as Python values: what is there is compared with them in Python."""
    found = set()
    for row in change.rows:
        given = dict(row)
        key = [given.get(name) for name in change.key]
        # What another row is found by stands for its key, which is never NULL.
        values = tuple(
            value if isinstance(value, KeyOf) else value.value for value in key if isinstance(value, Constant | KeyOf)
        )
        try:
            found.add(values)
        except TypeError:  # lists and mappings
            values = ()
        if len(values) < len(key):
            raise CannotEmit("a key must be made of plain literals that every row has", "leave the column out of 'key'")
    return found
