"""Update as statements of a function."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations.state import ModelState

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
from migspec.compiler.rerun import model_of
from migspec.dsl.expressions import Code
from migspec.schemas.paths import walk
from migspec.schemas.rows import Computed, Constant, Filter, Mapped, PerRow, Update, Value

# Rows of one bulk_update() statement: its cost grows with the square.
BULK = 500


def update(change: Update, writing: Writing) -> list[Code]:
    """Give the statements of an update: the values, the checks, then the write."""
    local, model = writing.local, model_of(writing.local.state, change.model)
    _check_inherited(change, model, writing)
    homes = local.rows(model)
    source, before = _source(change, writing)
    filtered = _only_mapped(change)
    assign: list[tuple[str, Code]] = []
    for name, value, apart in in_order(change, model, local.state):
        if isinstance(value, PerRow):
            continue
        code = in_update(value, writing.target(model, name), source, local, filtered=filtered, apart=apart)
        if isinstance(value, Mapped) or (name in change.distinct and not _is_bare(value)):
            variable = local.name(name, f"new_{name}")
            before.append(fill("{} = {}", variable, code))
            code = Code(variable, code.imports)
        assign.append((name, code))
    for name, value in change.assign:
        if isinstance(value, Mapped):
            before += _unmapped(
                value,
                writing.target(model, name),
                _selected(plain(homes), change, model, source, writing),
                source,
                writing,
            )
    for name, code in assign:
        if name in change.distinct:
            before += _clashes(change, name, code, model, homes, source, writing)
    if len(assign) < len(change.assign):
        return [*before, *_row_by_row(change, assign, model, homes, source, writing)]

    def write(rows: Code) -> list[Code]:
        rows = _selected(rows, change, model, source, writing)
        if filtered:
            name, value = change.assign[0]
            assert isinstance(value, Mapped)
            keys = table(value, writing.target(model, name), local).keys
            rows = fill("{}.filter({}__in={})", rows, value.column.path, keys)
        return [fill("{}.update({})", rows, keywords(assign)), *_checked(change, model, writing)]

    return [*before, *in_ranges(homes, write, writing)]


def _selected(
    rows: Code, change: Update, model: ModelState, source: str | None, writing: Writing, *, once: bool = False
) -> Code:
    """Give those of the rows that `where` selects and that have a source row."""
    rows = where(rows, change.where, model, writing.local, once=once)
    return fill("{}.filter({}({}))", rows, db("Exists"), source) if source else rows


def _is_bare(value: Value) -> bool:
    """Whether update() takes a Python value, where a query needs Value()."""
    return isinstance(value, Constant) or (isinstance(value, Computed) and is_python(value.expression.tree))


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
    same = join.source == change.model
    name = local.name(*(["matching"] if same else [local.plural(model) if join.order else snake(model.name)]))
    return name, [fill("{} = {}", name, rows)]


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


def _checked(change: Update, model: ModelState, writing: Writing) -> list[Code]:
    source = model_of(writing.local.state, change.join.source) if change.join else model
    if writing.autocommit and unproved_keys(change.assign, model, source, writing):
        return [plain(f"check_foreign_keys(connection, {writing.local.model(model)})")]
    return []


# --- checks before the first write ---


def _unmapped(value: Mapped, of: Target, rows: Code, source: str | None, writing: Writing) -> list[Code]:
    """Stop where there are values, or NULLs, that the map does not name and that are errors."""
    local, path = writing.local, value.column.path
    model = of.model
    if value.column.of == "source":
        assert source
        path = local.column(model, f"source_{path.rpartition('__')[2]}")
        rows = fill(
            "{}.annotate({}={}({}.values({})[:1]))", rows, path, db("Subquery"), source, quoted(value.column.path)
        )
    wrong = unmapped(value, of, rows, path, writing, outer=value.column.of == "source")
    if wrong is None:
        return []
    return stop_if(
        "unmapped", wrong, path, f"the map of {names(model, of.attname, writing)} does not name these values", writing
    )


def unmapped(value: Mapped, of: Target, rows: Code, path: str, writing: Writing, *, outer: bool = False) -> Code | None:
    """Give the rows whose value is an error; None where no value is.

    exclude() takes NULL to be another value in a column (`outer` is false), and not in a subquery.
    """
    keys = table(value, of, writing.local).keys
    match value.unmatched == "error", nulls(value) == "error":
        case True, True if outer:
            q = db("Q")
            return fill("{}.exclude({}({}__in={}, {}__isnull=False))", rows, q, path, keys, path)
        case True, True:
            return fill("{}.exclude({}__in={})", rows, path, keys)
        case True, False:
            return fill("{}.filter({}__isnull=False).exclude({}__in={})", rows, path, path, keys)
        case False, True:
            return fill("{}.filter({}__isnull=True)", rows, path)
    return None


def _clashes(
    change: Update, name: str, code: Code, model: ModelState, homes: str, source: str | None, writing: Writing
) -> list[Code]:
    """Stop where a unique column would hold one value twice, whether two rows get it or one has it already."""
    local, of, new = writing.local, writing.target(model, name), writing.local.column(model)
    value = dict(change.assign)[name]
    got = expression(value, of, local) if _is_bare(value) else code
    if (change.where is None and source is None) or (model.app_label, model.name_lower, name) in writing.new_columns:
        rows = fill("{}.values({}={})", _selected(plain(homes), change, model, source, writing, once=True), new, got)
    else:
        written = _written(change, model, source, writing)
        after = fill(
            "{}({}({}, then={}), default={}({}), output_field={})",
            db("Case"), db("When"), written, got, db("F"), quoted(name), of.field(local),
        )  # fmt: skip
        rows = fill("{}.values({}={})", plain(homes), new, after)
    number, shared = local.column(model, "rows"), local.name("shared")
    query = fill(
        "{} = {}.annotate({}={}({})).filter({}__gt=1, {}__isnull=False).order_by({})",
        shared, rows, number, db("Count"), quoted("*"), number, new, quoted(new),
    )  # fmt: skip
    said = f"{names(model, name, writing)} is unique, but several rows would hold each of these values"
    return [query, stop(f"{shared}.values_list({new!r}, flat=True)", said, writing)]


def _written(change: Update, model: ModelState, source: str | None, writing: Writing) -> Code:
    """Give the condition of When() for the rows that are written."""
    local = writing.local
    parts = [fill("{}({})", db("Exists"), source)] if source else []
    if looks_at_many(change.where, model, local):
        rows = plain(f"{local.model(model)}._base_manager.using(alias)")
        chosen = fill("{}.values({})", where(rows, change.where, model, local), quoted("pk"))
        return joined([*parts, fill("pk__in={}", chosen)])
    if isinstance(change.where, Filter):  # When() takes one condition
        return joined([*parts, fill("({})", change.where.expression.code())], " & ")
    condition = arguments(change.where)
    return joined([*parts, *([condition] if condition is not None else [])])


# --- one value for each row ---


def _row_by_row(
    change: Update,
    assign: Sequence[tuple[str, Code]],
    model: ModelState,
    homes: str,
    source: str | None,
    writing: Writing,
) -> list[Code]:
    """Call the callables once for each row; the ranges bound what is in memory, also inside one transaction."""
    local = writing.local
    home, rows = local.name(snake(model.name), f"one_{snake(model.name)}"), local.name("rows", "chosen")
    calls = [
        (name, fill("{}()", value.expression.code())) for name, value in change.assign if isinstance(value, PerRow)
    ]
    chosen = _selected(plain("page"), change, model, source, writing, once=True)
    values = [*assign, *calls]
    loop = block(plain(f"for {home} in {rows}"), [fill("{}.{} = {}", home, name, value) for name, value in values])
    columns = joined(quoted(name) for name, _ in values)
    save = fill("{}.bulk_update({}, [{}], batch_size={})", homes, rows, columns, str(BULK))
    body = [fill("{} = list({}.only({}))", rows, chosen, quoted("pk")), loop]
    if not writing.ranged:
        return [*reason(writing), block(ranges(homes, writing), [*body, save])]
    *why, _ = in_ranges(homes, lambda page: [], writing)
    return [*why, block(ranges(homes, writing), [*body, transaction([save, *_checked(change, model, writing)])])]


# --- several tables ---


def _check_inherited(change: Update, model: ModelState, writing: Writing) -> None:
    """A column of a parent model is in another table, which one UPDATE cannot write together with this one."""
    for name, value in change.assign:
        if not is_own(writing.local, model, name) and not isinstance(value, Constant):
            held = walk(writing.local.state, model, name).held
            assert held
            parent = held.model.name
            raise CannotEmit(
                f"{model.name}.{name} is a column of the parent {parent}, and UPDATE writes one table",
                f"update {parent}; it reaches the rows of {model.name} by the lookup '{model.name_lower}'",
            )
