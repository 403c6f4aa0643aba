"""Update as statements of a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.migrations.state import ModelState

from migspec.compiler.cells import model_of, overlap, reads_elsewhere, writes
from migspec.compiler.emit.assignments import in_order
from migspec.compiler.emit.change import (
    Writing,
    in_ranges,
    names,
    ranges,
    reason,
    stop,
    stop_if,
    transaction,
    unproved_keys,
)
from migspec.compiler.emit.code import CannotEmit, block, db, fill, joined, keywords, plain
from migspec.compiler.emit.conditions import arguments, looks_at_many, where
from migspec.compiler.emit.local import quoted, snake
from migspec.compiler.emit.values import Target, expression, in_update, is_own, is_python, nulls, table
from migspec.dsl.expressions import Code
from migspec.schemas.paths import walk
from migspec.schemas.rows import Computed, Constant, Filter, Mapped, PerRow, Update, Value

# Rows of one bulk_update() statement: its cost grows with the square.
BULK = 500

Assigned = Sequence[tuple[str, Code]]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that an update writes."""

    change: Update
    model: ModelState
    homes: str  # the variable of all rows
    source: str | None  # the variable of the source rows of a row
    writing: Writing

    def written(self, rows: Code, *, once: bool = False) -> Code:
        """Those of the rows that `where` selects and that have a source row."""
        rows = where(rows, self.change.where, self.model, self.writing.local, once=once)
        return fill("{}.filter({}({}))", rows, db("Exists"), self.source) if self.source else rows

    def target(self, name: str) -> Target:
        return self.writing.target(self.model, name)


def update(change: Update, writing: Writing) -> list[Code]:
    """Give the statements of an update: the values, the checks, then the write."""
    local, model = writing.local, model_of(writing.local.state, change.model)
    _check_inherited(change, model, writing)
    homes = local.rows(model)
    source, before = _source(change, writing)
    rows = Rows(change, model, homes, source, writing)
    assign, values = _assigned(rows)
    before += values
    for name, value in change.assign:
        if isinstance(value, Mapped):
            before += _unmapped(value, rows.target(name), rows)
    for name, code in assign:
        if name in change.distinct:
            before += _clashes(name, code, rows)
    if len(assign) < len(change.assign):
        return [*before, *_row_by_row(assign, rows)]
    computed = not all(_is_bare(value) for _, value in change.assign)
    if computed and overlap(reads_elsewhere(change, local.state), writes(change, local.state)):
        return [*before, *_read_first(assign, rows)]
    return [*before, *_at_once(assign, rows)]


def _source(change: Update, writing: Writing) -> tuple[str | None, list[Code]]:
    """Give the variable of the source rows of a row, and the statement that defines it."""
    if change.join is None:
        return None, []
    local, join = writing.local, change.join
    model = model_of(local.state, join.source)
    matching = keywords([(theirs, fill("{}({})", db("OuterRef"), quoted(ours))) for ours, theirs in join.on])
    rows = fill("{}._base_manager.using(alias).filter({})", local.model(model), matching)
    rows = where(rows, join.where, model, local)
    if join.order:
        rows = fill("{}.order_by({})", rows, joined(map(quoted, join.order)))
    wanted = local.plural(model) if join.order else snake(model.name)
    name = local.name("matching" if join.source == change.model else wanted)
    return name, [fill("{} = {}", name, rows)]


def _assigned(rows: Rows) -> tuple[Assigned, list[Code]]:
    """Give what update() takes, and the statements that name what is long or needed twice."""
    local, change = rows.writing.local, rows.change
    assign: list[tuple[str, Code]] = []
    statements: list[Code] = []
    for name, value, apart in in_order(change, rows.model, local.state):
        if isinstance(value, PerRow):
            continue
        code = in_update(value, rows.target(name), rows.source, local, filtered=_only_mapped(change), apart=apart)
        if isinstance(value, Mapped) or (name in change.distinct and not _is_bare(value)):
            variable = local.name(name, f"new_{name}")
            statements.append(fill("{} = {}", variable, code))
            code = plain(variable)
        assign.append((name, code))
    return assign, statements


def _is_bare(value: Value) -> bool:
    """Whether update() takes a Python value, where a query needs Value()."""
    return isinstance(value, Constant) or (isinstance(value, Computed) and is_python(value.expression.tree))


def _only_mapped(change: Update) -> bool:
    """Whether the update may be narrowed to the rows whose value a map names: it is all that is written."""
    if len(change.assign) != 1 or change.distinct:
        return False
    (_, value), *_ = change.assign
    return (
        isinstance(value, Mapped)
        and value.column.of == "row"
        and value.unmatched in ("error", "keep")
        and nulls(value) in ("error", "keep")
    )


def _at_once(assign: Assigned, rows: Rows) -> list[Code]:
    def write(some: Code) -> list[Code]:
        some = rows.written(some)
        if _only_mapped(rows.change):
            name, value = rows.change.assign[0]
            assert isinstance(value, Mapped)
            keys = table(value, rows.target(name), rows.writing.local).keys
            some = fill("{}.filter({}__in={})", some, value.column.path, keys)
        return [fill("{}.update({})", some, keywords(assign)), *_checked(rows)]

    return in_ranges(rows.homes, write, rows.writing)


def _row_by_row(assign: Assigned, rows: Rows) -> list[Code]:
    """Call the callables once for each row; the ranges bound what is in memory, also inside one transaction."""
    local, change, model = rows.writing.local, rows.change, rows.model
    home = local.name(snake(model.name), f"one_{snake(model.name)}")
    chosen = local.name("rows", "chosen")
    calls = [(name, value) for name, value in change.assign if isinstance(value, PerRow)]
    values = [*assign, *((name, fill("{}()", value.expression.code())) for name, value in calls)]
    columns = joined(quoted(name) for name, _ in values)
    body = [
        fill("{} = list({}.only({}))", chosen, rows.written(plain("page"), once=True), quoted("pk")),
        block(plain(f"for {home} in {chosen}"), [fill("{}.{} = {}", home, name, value) for name, value in values]),
    ]
    save = fill("{}.bulk_update({}, [{}], batch_size={})", rows.homes, chosen, columns, str(BULK))
    if not rows.writing.ranged:
        return [*reason(rows.writing), block(ranges(rows.homes, rows.writing), [*body, save])]
    why, _ = in_ranges(rows.homes, lambda page: [], rows.writing)
    return [why, block(ranges(rows.homes, rows.writing), [*body, transaction([save, *_checked(rows)])])]


def _read_first(assign: Assigned, rows: Rows) -> list[Code]:
    """Read all values before the first is written: SQLite would read what the same UPDATE has written in other rows."""
    local, model, given = rows.writing.local, rows.model, dict(rows.change.assign)
    home = local.name(snake(model.name), f"one_{snake(model.name)}")
    chosen = local.name("rows", "chosen")
    new = {name: local.column(model, f"new_{name}") for name, _ in assign if not _is_bare(given[name])}
    read = keywords([(new[name], code) for name, code in assign if name in new])
    values = [(name, fill("{}.{}", home, new[name]) if name in new else code) for name, code in assign]
    found = fill("{}.annotate({})", rows.written(plain(rows.homes), once=True), read)
    return [
        plain("# Rows read each other here, so all values are read before the first is written."),
        fill("{} = list({}.only({}))", chosen, found, quoted("pk")),
        block(plain(f"for {home} in {chosen}"), [fill("{}.{} = {}", home, name, value) for name, value in values]),
        *reason(rows.writing),
        fill("{}.bulk_update({}, [{}], batch_size={})", rows.homes, chosen, joined(map(quoted, given)), str(BULK)),
        *_checked(rows),
    ]


def _checked(rows: Rows) -> list[Code]:
    join, writing = rows.change.join, rows.writing
    source = model_of(writing.local.state, join.source) if join else rows.model
    if writing.autocommit and unproved_keys(rows.change.assign, rows.model, source, writing):
        return [plain(f"check_foreign_keys(connection, {writing.local.model(rows.model)})")]
    return []


# --- checks before the first write ---


def _unmapped(value: Mapped, of: Target, rows: Rows) -> list[Code]:
    """Stop where there are values, or NULLs, that the map does not name and that are errors."""
    writing, path, outer = rows.writing, value.column.path, value.column.of == "source"
    chosen = rows.written(plain(rows.homes))
    if outer:
        found = fill("{}({}.values({})[:1])", db("Subquery"), rows.source or "", quoted(path))
        path = writing.local.column(rows.model, f"source_{path.rpartition('__')[2]}")
        chosen = fill("{}.annotate({}={})", chosen, path, found)
    wrong = unmapped(value, of, chosen, path, writing, outer=outer)
    said = f"the map of {names(rows.model, of.attname, writing)} does not name these values"
    return stop_if("unmapped", wrong, path, said, writing) if wrong is not None else []


def unmapped(value: Mapped, of: Target, rows: Code, path: str, writing: Writing, *, outer: bool = False) -> Code | None:
    """Give the rows whose value is an error; None where no value is.

    exclude() takes NULL to be another value in a column (`outer` is false), and not in a subquery.
    """
    keys = table(value, of, writing.local).keys
    match value.unmatched == "error", nulls(value) == "error":
        case True, True if outer:
            return fill("{}.exclude({}({}__in={}, {}__isnull=False))", rows, db("Q"), path, keys, path)
        case True, True:
            return fill("{}.exclude({}__in={})", rows, path, keys)
        case True, False:
            return fill("{}.filter({}__isnull=False).exclude({}__in={})", rows, path, path, keys)
        case False, True:
            return fill("{}.filter({}__isnull=True)", rows, path)
    return None


def _clashes(name: str, code: Code, rows: Rows) -> list[Code]:
    """Stop where a unique column would hold one value twice, whether two rows get it or one has it already."""
    local, change, of = rows.writing.local, rows.change, rows.target(name)
    value, new, number = dict(change.assign)[name], local.column(rows.model), local.column(rows.model, "rows")
    got = expression(value, of, local) if _is_bare(value) else code
    all_written = change.where is None and change.join is None
    if all_written or (rows.model.app_label, rows.model.name_lower, name) in rows.writing.new_columns:
        query = fill("{}.values({}={})", rows.written(plain(rows.homes), once=True), new, got)
    else:
        after = fill(
            "{}({}({}, then={}), default={}({}), output_field={})",
            db("Case"), db("When"), _condition(rows), got, db("F"), quoted(name), of.field(local),
        )  # fmt: skip
        query = fill("{}.values({}={})", rows.homes, new, after)
    shared = local.name("shared")
    query = fill(
        "{} = {}.annotate({}={}({})).filter({}__gt=1, {}__isnull=False).order_by({})",
        shared, query, number, db("Count"), quoted("*"), number, new, quoted(new),
    )  # fmt: skip
    said = f"{names(rows.model, name, rows.writing)} is unique, but several rows would hold each of these values"
    return [query, stop(f"{shared}.values_list({new!r}, flat=True)", said, rows.writing)]


def _condition(rows: Rows) -> Code:
    """Give the condition of When() for the rows that are written."""
    local, condition = rows.writing.local, rows.change.where
    parts = [fill("{}({})", db("Exists"), rows.source)] if rows.source else []
    if looks_at_many(condition, rows.model, local):
        everyone = plain(f"{local.model(rows.model)}._base_manager.using(alias)")
        chosen = fill("{}.values({})", where(everyone, condition, rows.model, local), quoted("pk"))
        return joined([*parts, fill("pk__in={}", chosen)])
    if isinstance(condition, Filter):  # When() takes one condition
        return joined([*parts, fill("({})", condition.expression.code())], " & ")
    written = arguments(condition)
    return joined([*parts, *([written] if written is not None else [])])


# --- several tables ---


def _check_inherited(change: Update, model: ModelState, writing: Writing) -> None:
    """A column of a parent model is in another table, which one UPDATE cannot write together with this one."""
    for name, value in change.assign:
        if not is_own(writing.local, model, name) and not isinstance(value, Constant):
            held = walk(writing.local.state, model, name).held
            parent = held.model.name if held else ""
            raise CannotEmit(
                f"{model.name}.{name} is a column of the parent {parent}, and UPDATE writes one table",
                f"update {parent}; it reaches the rows of {model.name} by the lookup '{model.name_lower}'",
            )
