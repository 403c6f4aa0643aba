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
    local = writing.local
    assert change.join is not None
    twins = change.join.where
    assert isinstance(twins, Repeated)
    model, source = model_of(local.state, change.model), model_of(local.state, change.join.source)
    ((name, value),) = change.assign
    assert isinstance(value, Kept)
    column = quoted(value.column)
    kept, first = local.name("kept"), local.column(source, "kept")
    chosen = fill(
        "{}.annotate({}={})", repeated(twins, source, local), first, window("FirstValue", twins, source, local, column)
    )
    return [
        plain("# Which row stays for which is read first: a look for each row that points there would take long."),
        fill("{} = dict({}.values_list({}, {}))", kept, chosen, column, quoted(first)),
        plain(f"repoint({local.rows(model)}, {name!r}, {kept})"),
    ]
