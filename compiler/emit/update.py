"""Update as statements of a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.migrations.state import ModelState

from migspec.compiler.changes.cells import (
    condition_paths,
    model_of,
    overlap,
    pointing_by,
    reads_elsewhere,
    tables,
    writes,
)
from migspec.compiler.emit.assignments import in_order
from migspec.compiler.emit.change import (
    Writing,
    in_ranges,
    names,
    ranges,
    reason,
    stop,
    stop_if,
    stop_unless_one,
    together,
    transaction,
    unproved_keys,
)
from migspec.compiler.emit.code import CannotEmit, block, code_of, comment, db, fill, joined, keywords, plain
from migspec.compiler.emit.conditions import arguments, looks_at_many, source_rows, where
from migspec.compiler.emit.functions import call, checks, needed, rows_with
from migspec.compiler.emit.local import Local, quoted, snake
from migspec.compiler.emit.repoint import repoint
from migspec.compiler.emit.side_tables import saving, saving_sources
from migspec.compiler.emit.values import (
    Target,
    expression,
    in_update,
    is_named,
    is_own,
    is_python,
    nulls,
    over,
    table,
)
from migspec.dsl.expressions import Code
from migspec.schemas.data.distinct import is_key
from migspec.schemas.data.paths import columns, walk
from migspec.schemas.data.rows import (
    Column,
    Computed,
    Constant,
    Filter,
    InPython,
    Join,
    JointlyMapped,
    KeyOf,
    Lookups,
    Mapped,
    Numbered,
    Repeated,
    Reshaped,
    Update,
    Value,
)

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
    if change.join is not None and isinstance(change.join.where, Repeated):
        return repoint(change, writing)
    homes = local.rows(model)
    sources = saving_sources(writing)
    if change.join is not None and len(sources) == len(writing.saves) and _is_plain(change, change.join, model, local):
        return [*sources, *_from_source(change, change.join, Rows(change, model, homes, None, writing))]
    rows, assign, before = looked_at(change, writing)
    before += sources
    if any(isinstance(value, Numbered) for _, value in change.assign):
        return [*before, *_from_a_query(assign, rows, "a number counts other rows")]
    if any(isinstance(value, InPython) for _, value in change.assign):
        return [*before, *_row_by_row(assign, rows)]
    computed = not all(_is_bare(value) for _, value in change.assign)
    if computed and overlap(reads_elsewhere(change, local.state), writes(change, local.state)):
        # SQLite would read what the same UPDATE has written in other rows.
        return [*before, *_from_a_query(assign, rows, "rows read each other, so that all is read before it is written")]
    return [*before, *_at_once(assign, rows)]


def looked_at(change: Update, writing: Writing) -> tuple[Rows, Assigned, list[Code]]:
    """Give the rows that an update writes, what update() takes, and all that comes before: the values, the checks."""
    local, model = writing.local, model_of(writing.local.state, change.model)
    homes = local.rows(model)
    source, before = None, list[Code]()
    if change.join is not None:
        source, before = source_rows(change.join, model, local)
    rows = Rows(change, model, homes, source, writing)
    assign, values = _assigned(rows)
    before += values
    new = dict(assign)
    for name, value in change.assign:
        if isinstance(value, Mapped):
            before += _unmapped(value, rows.target(name), new[name], rows)
        elif isinstance(value, JointlyMapped):
            before += _jointly_unmapped(value, rows.target(name), rows)
        elif isinstance(value, KeyOf):
            before.append(stop_unless_one(value, rows.written(plain(rows.homes)), writing))
        elif isinstance(value, InPython):
            before += checks(value, rows.target(name), rows.written(plain(rows.homes), once=True), writing)
    for name, code in assign:
        if name in change.distinct:
            before += _clashes(name, code, rows)
    return rows, assign, before


def _assigned(rows: Rows) -> tuple[Assigned, list[Code]]:
    """Give what update() takes, and the statements that name what is long or needed twice."""
    local, change = rows.writing.local, rows.change
    assign: list[tuple[str, Code]] = []
    statements: list[Code] = []
    for name, value, apart in in_order(change, rows.model, local.state):
        if isinstance(value, Reshaped) and _is_copied(name, value, rows):
            value = value.column
        if isinstance(value, InPython | Numbered):
            continue
        code = in_update(value, rows.target(name), rows.source, local, filtered=_only_mapped(change), apart=apart)
        if isinstance(value, Mapped | JointlyMapped) or (name in change.distinct and not _is_bare(value)):
            variable = local.name(name, f"new_{name}")
            statements.append(fill("{} = {}", variable, code))
            code = plain(variable)
        assign.append((name, code))
    return assign, statements


def _is_copied(name: str, value: Reshaped, rows: Rows) -> bool:
    """Whether JSON of another column is copied by the database before what a function made of it is written.

    Python takes JSON's own null and NULL to be one. NULL is not copied into a column that is NOT NULL.
    """
    held = walk(rows.writing.local.state, rows.model, value.column.path).held
    assert held is not None
    return value.column.path != name and (rows.target(name).held.field.null or not held.field.null)


def _is_bare(value: Value) -> bool:
    """Whether update() takes a Python value, where a query needs Value()."""
    return isinstance(value, Constant) or (isinstance(value, Computed) and is_python(value.expression.tree))


def in_query(value: Value, code: Code, of: Target, local: Local) -> Code:
    """Give what a query takes where update() takes `code`."""
    return expression(value, of, local) if _is_bare(value) else code


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
    def write(every: Code) -> list[Code]:
        some, once = rows.written(every), rows.written(every, once=True)
        some, once = only_named(some, rows), only_named(once, rows)
        saved, some = saving(every, some, once, "chosen", rows.writing)
        return [*saved, fill("{}.update({})", some, keywords(assign)), *_checked(rows)]

    return in_ranges(rows.homes, write, rows.writing)


def only_named(some: Code, rows: Rows) -> Code:
    """Give those of some rows whose value a map names, where nothing else is written."""
    if not _only_mapped(rows.change):
        return some
    name, value = rows.change.assign[0]
    assert isinstance(value, Mapped)
    if _finds_unmapped(value, rows) and not rows.writing.counting:
        # All rows are named. What others write in the meantime gets NULL: the column is new, or refuses it.
        field = rows.target(name).held.field
        is_new = (rows.model.app_label, rows.model.name_lower, name) in rows.writing.new_columns
        if is_new or not field.null:
            return some
    keys = table(value, rows.target(name), rows.writing.local).keys
    return fill("{}.filter({}__in={})", some, value.column.path, keys)


def _is_plain(change: Update, join: Join, model: ModelState, local: Local) -> bool:
    """Whether an update is one join of two tables: it sets columns from columns, and conditions are of the row only."""
    source = model_of(local.state, join.source)
    if join.order or join.where is not None or change.distinct or not isinstance(change.where, Lookups | None):
        return False
    if set(tables(local.state, model)) & set(tables(local.state, source)):
        return False
    ours, theirs = [name for name, _ in join.on], [name for _, name in join.on]
    for name, value in change.assign:
        if not isinstance(value, Column) or value.of != "source":
            return False
        ours.append(name)
        theirs.append(value.path)
    if change.where is not None:
        if any(value == [] for _, value in change.where.items):
            return False
        ours += [path.partition("__")[0] for path in condition_paths(change.where)]
    return all(
        name in columns(local.state, held) and is_own(local, held, name)
        for held, names in ((model, ours), (source, theirs))
        for name in names
    )


def _from_source(change: Update, join: Join, rows: Rows) -> list[Code]:
    """Write columns of the source row by one join: subqueries would look each row up once for every column."""
    source = rows.writing.local.model(model_of(rows.writing.local.state, join.source))
    match = joined(fill("{}: {}", quoted(ours), quoted(theirs)) for ours, theirs in join.on)
    paths = [(name, value.path) for name, value in change.assign if isinstance(value, Column)]
    pairs = joined(fill("{}: {}", quoted(name), quoted(path)) for name, path in paths)

    def write(some: Code) -> list[Code]:
        some = rows.written(some)
        return [fill("update_from(connection, {}, {}, {{{}}}, {{{}}})", some, source, match, pairs), *_checked(rows)]

    return in_ranges(rows.homes, write, rows.writing)


def _row_by_row(assign: Assigned, rows: Rows) -> list[Code]:
    """Call functions once for each row; the ranges bound what is in memory, also inside one transaction."""
    local, change, model = rows.writing.local, rows.change, rows.model
    home = local.name(snake(model.name), f"one_{snake(model.name)}")
    chosen = local.name("rows", "chosen")
    given = [(name, value) for name, value in change.assign if isinstance(value, InPython)]
    calls = [(name, call(value, rows.target(name), home, local)) for name, value in given]
    found = rows_with(rows.written(plain("page"), once=True), needed([value for _, value in given]))
    listed = fill("list({})", found)
    alone = not assign and len(given) == 1
    if alone and isinstance(value := given[0][1], Reshaped):
        # JSON's own null reads as None too, and would be written as NULL.
        listed = fill("[{} for {} in {} if {}.{} is not None]", home, home, found, home, value.column.path)
    read = [
        fill("{} = {}", chosen, listed),
        block(plain(f"for {home} in {chosen}"), _called(home, calls, given)),
    ]
    # What the database computes it computes from columns that the functions have not written yet.
    write = [fill("{}.update({})", rows.written(plain("page")), keywords(assign))] if assign else []
    write += _each_written(given, rows, home, chosen, filtered=alone)
    kept, _ = saving(plain("page"), plain(chosen), rows.written(plain("page"), once=True), "kept", rows.writing)
    if not rows.writing.ranged:
        loop = block(ranges(rows.homes, rows.writing, in_memory=True), [*read, *kept, *write])
        return [*reason(rows.writing), *together([loop, *_shared(given, rows)], rows.writing)]
    why, _ = in_ranges(rows.homes, lambda page: [], rows.writing)
    written = transaction([*kept, *write, *_checked(rows)])
    return [why, block(ranges(rows.homes, rows.writing, in_memory=True), [*read, written])]


def _each_written(
    given: Sequence[tuple[str, InPython]], rows: Rows, home: str, chosen: str, *, filtered: bool
) -> list[Code]:
    """Write what functions gave, but for JSON in rows without any: its own null would be written as NULL."""
    by_path: dict[str, list[str]] = {}  # the JSON that was read, "" for what is written in every row
    for name, value in given:
        path = value.column.path if isinstance(value, Reshaped) and not filtered else ""
        by_path.setdefault(path, []).append(name)
    written = []
    for path, attnames in by_path.items():
        some = plain(chosen)
        if path:
            some = fill("[{} for {} in {} if {}.{} is not None]", home, home, chosen, home, attnames[0])
        columns, model = joined(map(quoted, attnames)), rows.writing.local.model(rows.model)
        written.append(fill("update_each(connection, {}, [{}], {})", model, columns, some))
    return written


def _called(home: str, calls: Assigned, given: Sequence[tuple[str, InPython]]) -> list[Code]:
    """Set what functions give: all at once where one of them reads what another gives."""
    read = {path: name for name, value in given for path in needed([value])}
    if any(name in read and read[name] != name for name, _ in calls):
        targets = ", ".join(f"{home}.{name}" for name, _ in calls)
        return [fill("{} = {}", targets, joined(code for _, code in calls))]
    return [fill("{}.{} = {}", home, name, code) for name, code in calls]


def _shared(given: Sequence[tuple[str, InPython | Numbered]], rows: Rows) -> list[Code]:
    """Stop where a unique column that was written holds a value twice; nothing is kept of what was written then."""
    found: list[Code] = []
    for name, _ in given:
        if name in rows.change.distinct:
            counted = fill("{}.values({})", rows.homes, quoted(name))
            found += _stop_shared(name, counted, name, rows)
    return found


def _from_a_query(assign: Assigned, rows: Rows, reason: str) -> list[Code]:
    """Write what one query over all rows computes, where an UPDATE of one row knows too little of the others."""
    local, change = rows.writing.local, rows.change
    inherited = [name for name, _ in change.assign if not is_own(local, rows.model, name)]
    if inherited:
        raise CannotEmit(f"'{inherited[0]}' is in another table than what is computed", "set them in two steps")
    if any(isinstance(value, InPython) for _, value in change.assign):
        raise CannotEmit(
            "numbers of rows and values of Python are not written by one statement", "set them in two steps"
        )
    given = dict(change.assign)
    columns = []
    for name, code in assign:
        columns.append((name, expression(given[name], rows.target(name), local) if _is_bare(given[name]) else code))
    for name, value in change.assign:
        if isinstance(value, Numbered):
            columns.append((name, over(value, rows.target(name), rows.model, local)))
    pairs = joined(fill("{}: {}", quoted(name), code) for name, code in columns)
    chosen = rows.written(plain(rows.homes), once=True)
    why = f"One statement: {rows.writing.reason or reason}."
    if rows.writing.ranged:
        why = f"One statement, as {reason}."
    saved, chosen = saving(plain(rows.homes), chosen, chosen, "chosen", rows.writing)
    write = fill("update_select(connection, {}, {{{}}}, {})", local.model(rows.model), pairs, chosen)
    numbers = [(name, value) for name, value in change.assign if isinstance(value, Numbered)]
    return [comment(why), *together([*saved, write, *_shared(numbers, rows), *_checked(rows)], rows.writing)]


def _checked(rows: Rows) -> list[Code]:
    join, writing = rows.change.join, rows.writing
    state, assign = writing.local.state, rows.change.assign
    source = model_of(state, join.source) if join else rows.model
    checked = [rows.model] if unproved_keys(assign, rows.model, source, writing) else []
    checked += pointing_by(state, rows.model, dict(assign))
    if not writing.autocommit or not checked:
        return []
    names = dict.fromkeys(map(writing.local.model, checked))
    return [plain(f"check_foreign_keys(connection, {', '.join(names)})")]


# --- checks before the first write ---


def _finds_unmapped(value: Mapped, rows: Rows) -> bool:
    """Whether what a map gives is NULL just where a value is an error: no pair gives NULL, nothing else is written."""
    return (
        _only_mapped(rows.change)
        and value.unmatched == nulls(value) == "error"
        and bool(value.pairs)
        and all(new is not None for _, new in value.pairs)
        and is_own(rows.writing.local, rows.model, value.column.path)
    )


def _unmapped(value: Mapped, of: Target, new: Code, rows: Rows) -> list[Code]:
    """Stop where there are values, or NULLs, that the map does not name and that are errors."""
    writing, path, outer = rows.writing, value.column.path, value.column.of == "source"
    chosen = rows.written(plain(rows.homes))
    said = f"the map of {names(rows.model, of.attname, writing)} does not name these values"
    if _finds_unmapped(value, rows):
        # SQLite looks a value up in a list twice as slowly as it works this out (tried).
        got = writing.local.column(rows.model, f"new_{of.held.field.name}")
        return stop_if("unmapped", fill("{}.alias({}={}).filter({}=None)", chosen, got, new, got), path, said, writing)
    if outer:
        found = fill("{}({}.values({})[:1])", db("Subquery"), rows.source or "", quoted(path))
        path = writing.local.column(rows.model, f"source_{path.rpartition('__')[2]}")
        chosen = fill("{}.annotate({}={})", chosen, path, found)
    wrong = unmapped(value, of, chosen, path, writing, outer=outer)
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


def _jointly_unmapped(value: JointlyMapped, of: Target, rows: Rows) -> list[Code]:
    """Stop where there are values that a map of several columns does not name and that are errors."""
    writing, outer = rows.writing, value.columns[0].of == "source"
    if value.unmatched != "error":
        return []
    chosen, named = rows.written(plain(rows.homes)), is_named(value, of, writing.local)
    if outer:
        named = fill("{}({}.values_list({})[:1])", db("Subquery"), rows.source or "", named)
    paths = ["pk"] if outer else [column.path for column in value.columns]
    return jointly_unmapped(of, chosen, named, paths, rows.model, writing)


def jointly_unmapped(
    of: Target, rows: Code, named: Code, paths: Sequence[str], model: ModelState, writing: Writing
) -> list[Code]:
    """Stop where `named` is false for rows of `model`, showing what they hold in `paths`."""
    local = writing.local
    sign, variable, listed = local.column(model, "is_named"), local.name("unmapped"), joined(map(quoted, paths))
    query = fill("{}.annotate({}={}).filter({}=False)", rows, sign, named, sign)
    said = f"the map of {names(of.model, of.attname, writing)} does not name these values of {', '.join(paths)}"
    flat = ", flat=True" if len(paths) == 1 else ""
    return [
        fill("{} = {}.order_by({})", variable, query, listed),
        stop(f"{variable}.values_list({listed.text}{flat}).distinct()", said, writing, of=variable),
    ]


def _clashes(name: str, code: Code, rows: Rows) -> list[Code]:
    """Stop where a unique column would hold one value twice, whether two rows get it or one has it already."""
    local, change, of = rows.writing.local, rows.change, rows.target(name)
    value, new = dict(change.assign)[name], local.column(rows.model)
    got = in_query(value, code, of, local)
    all_written = change.where is None and change.join is None
    if all_written or (rows.model.app_label, rows.model.name_lower, name) in rows.writing.new_columns:
        query = fill("{}.values({}={})", rows.written(plain(rows.homes), once=True), new, got)
    else:
        after = value_after(name, got, rows, fill("{}({})", db("F"), quoted(name)))
        query = fill("{}.values({}={})", rows.homes, new, after)
    return _stop_shared(name, query, new, rows)


def value_after(name: str, got: Code, rows: Rows, otherwise: Code) -> Code:
    """Give what a column holds after the update, over all rows: the new value, or `otherwise` in a row that stays."""
    return fill(
        "{}({}({}, then={}), default={}, output_field={})",
        db("Case"), db("When"), _condition(rows), got, otherwise, rows.target(name).field(rows.writing.local),
    )  # fmt: skip


def _stop_shared(name: str, query: Code, new: str, rows: Rows) -> list[Code]:
    """Stop where the query has a value of the column `new` twice."""
    local = rows.writing.local
    shared, number = local.name("shared"), local.column(rows.model, "rows")
    query = fill(
        "{} = {}.annotate({}={}({})).filter({}__gt=1, {}__isnull=False).order_by({})",
        shared, query, number, db("Count"), quoted("*"), number, new, quoted(new),
    )  # fmt: skip
    said = f"several rows would hold each of these values in {names(rows.model, name, rows.writing)}"
    said += ", which is unique" if is_key(rows.model, [name], local.state) else " ('duplicates: error')"
    return [query, stop(f"{shared}.values_list({new!r}, flat=True)", said, rows.writing, about="duplicates")]


def _condition(rows: Rows) -> Code:
    """Give the condition of When() for the rows that are written."""
    local, condition = rows.writing.local, rows.change.where
    parts = [fill("{}({})", db("Exists"), rows.source)] if rows.source else []
    if looks_at_many(condition, rows.model, local):
        everyone = plain(f"{local.model(rows.model)}._base_manager.using(alias)")
        chosen = fill("{}.values({})", where(everyone, condition, rows.model, local), quoted("pk"))
        return joined([*parts, fill("pk__in={}", chosen)])
    if isinstance(condition, Filter):  # When() takes one condition
        return joined([*parts, fill("({})", code_of(condition.expression))], " & ")
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
