"""Foreign keys that follow from repeated rows to the one of them that is kept."""

from __future__ import annotations

from migspec.compiler.changes.cells import model_of
from migspec.compiler.emit.change import Writing
from migspec.compiler.emit.code import fill, plain
from migspec.compiler.emit.conditions import repeated, window
from migspec.compiler.emit.local import quoted
from migspec.dsl.expressions import Code
from migspec.schemas.data.rows import Kept, Repeated, Update


def repoint(change: Update, writing: Writing) -> list[Code]:
    """Give the statements of an update that sets a foreign key to a column of the kept row."""
    local, saves = writing.local, [save for save in writing.saves if not save.added]
    assert change.join is not None
    twins = change.join.where
    assert isinstance(twins, Repeated)
    model, source = model_of(local.state, change.model), model_of(local.state, change.join.source)
    ((name, value),) = change.assign
    assert isinstance(value, Kept)
    column = quoted(value.column)
    gone, first, rows = repeated(twins, source, local), local.column(source, "kept"), local.rows(model)
    chosen = fill("{}.annotate({}={})", gone, first, window("FirstValue", twins, source, local, column))
    kept = local.define(f"kept_{local.plural(source)}", fill("{}.values_list({}, {})", chosen, column, quoted(first)))
    pointing = fill("{}.filter({}__in={}.values({}))", rows, name, gone, column)
    return [
        *(fill("keep_old(connection, {}, {})", save.into.name, pointing) for save in saves),
        plain(f"repoint({rows}, {name!r}, dict({kept}))"),
    ]
