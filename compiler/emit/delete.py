"""Delete as statements of a function."""

from __future__ import annotations

from django.db.migrations.state import ModelState

from migspec.compiler.changes.cells import leaves_keys, model_of, points_at_itself, points_here, tables
from migspec.compiler.changes.pointing import hangs_on_itself, relations_to
from migspec.compiler.emit.change import Writing, in_ranges, reason, together
from migspec.compiler.emit.code import CannotEmit, block, comment, db, fill, joined, keywords, plain
from migspec.compiler.emit.conditions import source_rows, where
from migspec.compiler.emit.literal_rows import looked_up
from migspec.compiler.emit.local import Local, quoted
from migspec.compiler.emit.side_tables import saving
from migspec.dsl.expressions import Code
from migspec.schemas.data.paths import Held, columns, pointing_at, target
from migspec.schemas.data.rows import Assignments, Constant, Delete


def delete(change: Delete, writing: Writing) -> list[Code]:
    """Give the statements of a delete: through the ORM, which follows on_delete, or of the rows alone."""
    local, model = writing.local, model_of(writing.local.state, change.model)
    if not change.cascade and len(tables(local.state, model)) > 1:
        raise CannotEmit(
            f"{model.name} has its rows in several tables, and without on_delete only one of them would lose its row",
            f"delete the rows of {model.name} and of its parents in steps of their own",
        )
    homes = local.rows(model)
    done = "delete()" if change.cascade else "_raw_delete(alias)"
    # Rows that point at those that go: SQLite would notice only after the migration is recorded.
    left = leaves_keys(local.state, model) if change.cascade else points_here(local.state, model)
    check = [plain("check_foreign_keys(connection)")] if writing.autocommit and left else []
    if change.rows:
        rows = tuple(lookups(row, change, writing) for row in change.rows)
        table, condition, definition = looked_up(rows, model, writing)
        # A later row may point at an earlier one.
        listed = f"reversed({table})" if points_at_itself(local.state, model) else table
        equal = fill("{}.filter({})", homes, unreferenced(change, model, local, plain(condition)))
        body = [block(plain(f"for row in {listed}"), [fill("{}.{}", equal, done)]), *check]
        return [*definition, *reason(writing), *together(body, writing)]
    source, before = source_rows(change.join, model, local) if change.join is not None else (None, [])

    def write(some: Code) -> list[Code]:
        rows, once = (where(some, change.where, model, local, once=once) for once in (False, True))
        if source:
            rows = fill("{}.filter({}({}))", rows, db("Exists"), source)
        saved, rows = saving(some, rows, once, "gone", writing)
        if change.unreferenced:
            rows = fill("{}.filter({})", rows, unreferenced(change, model, local))
        gone = [fill("{}.{}", rows, done)]
        if change.unreferenced and hangs_on_itself(local.state, model):
            gone = [comment("From the leaves of a tree to its root."), block(fill("while {}", *gone), [plain("pass")])]
        return [*saved, *gone, *check]

    # delete() reads the rows that others may point at.
    in_memory = change.cascade and (any(pointing_at(local.state, model)) or len(tables(local.state, model)) > 1)
    return [*before, *in_ranges(homes, write, writing, in_memory=in_memory, come_or_go=True)]


def unreferenced(change: Delete, model: ModelState, local: Local, *arguments: Code) -> Code:
    """Give these arguments of filter(), and those by which no other row points at a row."""
    relations = relations_to(local.state, model) if change.unreferenced else []
    named = [(f"{one.name}__isnull", plain("True")) for one in relations if one.name]
    hidden = [fill("~{}({})", db("Exists"), pointing(one.held, local)) for one in relations if not one.name]
    return joined([*hidden, *arguments, *([keywords(named)] if named else [])])


def pointing(held: Held, local: Local) -> str:
    """Give the variable of the rows that point at a row by a foreign key which lookups do not go back over."""
    key = target(local.state, held)
    assert key is not None
    ours = keywords([(held.field.attname, fill("{}({})", db("OuterRef"), quoted(key.field.attname)))])
    rows = fill("{}._base_manager.using(alias).filter({})", local.model(held.model), ours)
    return local.define(local.plural(held.model), rows)


def lookups(row: Assignments, change: Delete, writing: Writing) -> Assignments:
    """Compare with NULL as filter() does it; for JSON, None would be the JSON value null."""
    held = columns(writing.local.state, model_of(writing.local.state, change.model))
    return tuple(
        (
            (f"{name}__isnull", Constant(True))
            if isinstance(value, Constant)
            and value.value is None
            and held[name].field.get_internal_type() == "JSONField"
            else (name, value)
        )
        for name, value in row
    )
