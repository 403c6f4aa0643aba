"""What the emitters of the three row changes share: the place, the ranges, and checks before the first write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.emit.code import CannotEmit, block, comment, fill, literal, message, plain
from migspec.compiler.emit.local import Local, quoted
from migspec.compiler.emit.sentences import selected
from migspec.compiler.emit.values import Target, got
from migspec.compiler.reversing.side_table import Save
from migspec.dsl.expressions import Code
from migspec.schemas.data.paths import columns, primary_key, target, walk
from migspec.schemas.data.rows import Column, Constant, KeyOf, Value

# Rows of one range that are made in Python.
IN_MEMORY = 10_000

# What is wrong with the values before which a step stops.
About = Literal["values", "nulls", "duplicates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """The place of a change: the function that is being written, and how the step runs."""

    local: Local
    place: str  # as shown in the errors that the generated code raises
    ranged: bool  # whether the change goes through ranges that commit one by one
    autocommit: bool  # whether nothing else makes the step's statements one transaction
    reason: str  # why it may, or may not
    fresh: bool  # whether the table is new, or came back empty, and nobody else uses it yet
    size: int | None  # of a range, where it is not the usual one
    saves: tuple[Save, ...]  # what is saved before the change writes
    new_columns: frozenset[tuple[str, str, str]]  # app label, model in lower case, attname
    on_mysql: bool  # whether it may run on MySQL or MariaDB
    counting: bool = False  # whether what would stop the step is counted (migspec census), and nothing is written

    def target(self, model: ModelState, attname: str) -> Target:
        found = columns(self.local.state, model).get(attname)
        if found is None:
            raise CannotEmit(f"{model.app_label}.{model.name} has no column '{attname}'")
        return Target(model, found)


# --- statements ---


def in_ranges(
    rows: str,
    write: Callable[[Code], Sequence[Code]],
    writing: Writing,
    *,
    in_memory: bool = False,
    come_or_go: bool = False,
) -> list[Code]:
    """Write the rows range by range, each in its own transaction, where the step may run twice; all at once otherwise.

    `write` gets the rows of a range and gives the statements that write them; `come_or_go` as in `ranges`.
    """
    if not writing.ranged:
        return [*reason(writing), *together(write(plain(rows)), writing)]
    why = comment(f"Safe to run again: {writing.reason}, so each range commits by itself.")
    loop = ranges(rows, writing, in_memory=in_memory, come_or_go=come_or_go)
    return [why, block(loop, [transaction(write(plain("page")))])]


def ranges(rows: str, writing: Writing, *, in_memory: bool = False, come_or_go: bool = False) -> Code:
    """Give the head of a loop over ranges; those whose rows Python holds are of one size on every database.

    Whoever reads and writes beside it waits for rows that change until their range ends, but hardly for rows that
    `come_or_go`: on PostgreSQL these ranges are large from the first, and the table is read less often. MySQL locks
    the rows that an INSERT ... SELECT reads, and the gaps between rows that go.
    """
    size = writing.size or (IN_MEMORY if in_memory else None)
    if size:
        return plain(f"for page in key_ranges({rows}, size={size:_})")
    if come_or_go:
        return plain(f'for page in key_ranges({rows}, large_on=("postgresql", "sqlite"))')
    return plain(f"for page in key_ranges({rows})")


def transaction(body: Sequence[Code]) -> Code:
    return block(plain("with transaction.atomic(using=alias)", "from django.db import transaction"), body)


def together(body: Sequence[Code], writing: Writing) -> Sequence[Code]:
    """Make several statements one transaction where they are not already."""
    several = len(body) > 1 or body[0].text.startswith("for ")
    return [transaction(body)] if writing.autocommit and several else body


def reason(writing: Writing) -> list[Code]:
    return [comment(f"One transaction: {writing.reason}.")] if writing.reason else []


def stop_if(
    variable: str, rows: Code, path: str, said: str, writing: Writing, *, about: About = "values"
) -> list[Code]:
    """Stop before the first write where there are such rows, naming up to five values of theirs."""
    name, variable = quoted(path), writing.local.name(variable)
    wrong = fill("{} = {}.order_by({})", variable, rows, name)
    values = f"{variable}.values_list({name.text}, flat=True).distinct()"
    return [wrong, stop(values, said, writing, about=about, of=variable)]


def stop(rows: str, said: str, writing: Writing, *, about: About = "values", of: str = "None") -> Code:
    """Stop where there are such values; a census counts them, and the rows `of` which they are."""
    if writing.counting:
        return fill("tell({}, {}, {}, {})", repr(about), literal(said), rows, of)
    text = message(f"{writing.place}: {said}", "values")
    return block(plain(f"if values := list({rows}[:5])"), [fill("raise ValueError({})", text)])


def stop_where(values: Code, said: str, writing: Writing, *, about: About = "values") -> Code:
    """Stop where a list that Python makes is not empty."""
    if writing.counting:
        return fill("tell({}, {}, {})", repr(about), literal(said), values)
    found, text = fill("if values := {}", values), message(f"{writing.place}: {said}", "values[:5]")
    return block(found, [fill("raise ValueError({})", text)])


def stop_unless_one(value: KeyOf, rows: Code | None, writing: Writing) -> Code:
    """Stop before the first write where there are rows to write, and not one row to take a value from."""
    if writing.counting:
        said = f"there must be one {value.model.name}{selected(value.where)}"
        return fill("tell_unless_one({}, {}, {})", literal(said), got(value, writing.local), rows or "None")
    written = fill("{}.exists() and ", rows) if rows is not None else plain("")
    said = f"{writing.place}: there must be one {value.model.name}{selected(value.where)}; there are"
    condition = fill("if {}(number := {}.count()) != 1", written, got(value, writing.local))
    return block(condition, [fill("raise ValueError({})", message(said, "number"))])


def spaced(statements: Sequence[Code]) -> list[Code]:
    """Put blank lines where paragraphs begin: a check and what it looks at, a loop, or the comment that explains it."""
    found: list[Code] = []
    texts = [statement.text for statement in statements]
    for index, statement in enumerate(statements):
        checks = index + 1 < len(texts) and texts[index + 1].startswith("if values :=") and " = " in texts[index]
        starts = checks or texts[index].startswith(("#", "for ", "with "))
        after_block = index > 0 and "\n    " in texts[index - 1]
        if index > 0 and (starts or after_block) and not texts[index - 1].startswith("#"):
            found.append(plain(""))
        found.append(statement)
    return found


# --- facts ---


def unproved_keys(assign: Sequence[tuple[str, Value]], model: ModelState, source: ModelState, writing: Writing) -> bool:
    """Whether a foreign key is written whose values no database has checked yet.

    A value copied from a foreign key to the same table, or from the key it points to, is good.
    """
    return any(
        not _is_proved(value, writing.target(model, name), model, source, writing)
        for name, value in assign
        if writing.target(model, name).held.field.remote_field is not None
    )


def _is_proved(value: Value, of: Target, model: ModelState, source: ModelState, writing: Writing) -> bool:
    state = writing.local.state
    if not getattr(of.held.field, "db_constraint", True):
        return True
    match value:
        case Constant(value=None) | KeyOf():
            return True
        case Column():
            key = target(state, of.held)
            walked = walk(state, source if value.of == "source" else model, value.path)
            if key is None or walked.held is None or walked.rest:
                return False
            ends = [walked.held]
            if walked.held.field.remote_field is not None and getattr(walked.held.field, "db_constraint", True):
                ends += [found] if (found := target(state, walked.held)) else []
            return any(end.model is key.model and end.field.name == key.field.name for end in ends)
    return False


def after_keys(model: ModelState, given: Sequence[str], writing: Writing) -> list[Code]:
    """Let the database go on numbering after keys that were written."""
    if any(is_auto_key(model, name, writing.local.state) for name in given):
        return [plain(f"reset_sequences(connection, {writing.local.model(model)})")]
    return []


def is_auto_key(model: ModelState, attname: str, state: ProjectState) -> bool:
    """Whether the database numbers the rows by this column."""
    kind = columns(state, model)[attname].field.get_internal_type()
    return attname in primary_key(state, model) and "AutoField" in kind


def names(model: ModelState, attname: str, writing: Writing) -> str:
    """Name a column in a sentence."""
    return f"{model.name}.{writing.target(model, attname).held.field.name}"
