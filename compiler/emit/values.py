"""Values of row changes as Django expressions."""

from __future__ import annotations

import ast
import datetime
import decimal
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.migrations.state import ModelState

from migspec.compiler.changes.cells import model_of, tables
from migspec.compiler.emit.code import CannotEmit, code_of, db, fill, joined, literal, plain
from migspec.compiler.emit.conditions import arguments, ordered, to_many, where
from migspec.compiler.emit.local import Local, quoted, snake
from migspec.dsl.dotted import known_name
from migspec.dsl.expressions import Code
from migspec.dsl.known_names import KNOWN
from migspec.schemas.data.paths import Held, Walk, query_name, stored, target, walk
from migspec.schemas.data.rows import (
    Column,
    Computed,
    Constant,
    Existence,
    InPython,
    JointlyMapped,
    Kept,
    KeyOf,
    Lookups,
    Mapped,
    Numbered,
    PerRow,
    Value,
    value_paths,
)

# Values whose type Django tells by itself where they stand in an expression.
PLAIN = (str, bool, int, float, decimal.Decimal, datetime.date, datetime.time, datetime.timedelta, uuid.UUID, bytes)


@dataclass(frozen=True, slots=True)
class Target:
    """The column that a value is for."""

    model: ModelState
    held: Held

    @property
    def attname(self) -> str:
        return self.held.field.attname

    def field(self, local: Local) -> str:
        return local.field(self.model, self.held.field.name)


@dataclass(frozen=True, slots=True)
class Table:
    """A map as a constant of the module."""

    name: str
    is_dict: bool

    @property
    def items(self) -> str:
        return f"{self.name}.items()" if self.is_dict else self.name

    @property
    def keys(self) -> str:
        return self.name if self.is_dict else f"[old for old, new in {self.name}]"


# --- over the rows of a query ---


def expression(value: Value, of: Target, local: Local, kept: Code | None = None) -> Code:
    """Give a value over the rows of the query in which it stands; `kept` is what a map gives where it keeps."""
    match value:
        case Constant():
            return wrapped(value.value, of, local)
        case Column():
            return fill("{}({})", db("F"), quoted(value.path))
        case Mapped():
            return case(value, of, local, kept)
        case Computed():
            code = code_of(value.expression)
            return fill("{}({})", db("Value"), code) if is_python(value.expression.tree) else code
        case JointlyMapped():
            return joint_case(value, of, local, kept)
        case KeyOf():
            return fill("{}({}.values({}))", db("Subquery"), got(value, local), quoted(value.column))
        case Existence() | Numbered():
            raise AssertionError("these are computed over rows whose model is known: over()")
        case Kept():
            raise CannotEmit("which row is kept stands only for a whole foreign key")
    name = f"{code_of(value.expression).text}()" if isinstance(value, PerRow) else "a function"
    raise CannotEmit(f"{name} gives each row a value of its own, which no query can compare")


def over(value: Value, of: Target, model: ModelState, local: Local, kept: Code | None = None) -> Code:
    """Give a value over the rows of a query of `model`, in which nothing may be joined that repeats rows."""
    match value:
        case Existence():
            return existence(value, model, local)
        case Numbered():
            return row_number(value, model, local)
        case Computed() if any(to_many(path, model, local) for path in value.reads):
            return _first(_annotated(value, model, local))
    return expression(value, of, local, kept)


def wrapped(value: Any, of: Target, local: Local) -> Code:
    """Give Value(...), with the column's field where Django cannot tell the type or the field converts values."""
    if is_plain(value, of, local):
        return fill("{}({})", db("Value"), literal(value))
    return fill("{}({}, output_field={})", db("Value"), literal(value), of.field(local))


def null(of: Target, local: Local) -> Code:
    return fill("{}(None, output_field={})", db("Value"), of.field(local))


def kept_source(value: Value) -> Code | None:
    """What a map over a source row leaves alone is the value that it reads."""
    if isinstance(value, Mapped) and "keep" in (value.unmatched, value.nulls):
        return fill("{}({})", db("F"), quoted(value.column.path))
    return None


def is_plain(value: Any, of: Target, local: Local) -> bool:
    field = stored(local.state, of.held).field
    converts = not type(field).__module__.startswith("django.db.models.fields")
    return (
        isinstance(value, PLAIN)
        and not converts
        and field.get_internal_type() not in ("GenericIPAddressField", "JSONField")
    )


def is_python(node: ast.expr) -> bool:
    """Whether an expression is a Python value, not one of the database: Django takes it bare only in some places.

    A call of something unknown makes an expression if it is named like a class.
    """
    match node:
        case ast.UnaryOp():
            return is_python(node.operand)
        case ast.BinOp():
            return is_python(node.left) and is_python(node.right)
        case ast.Call():
            known = KNOWN.get(known_name(node.func) or "")
            if known is not None:
                return not known.module.startswith("django.db.models")
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            return not name[:1].isupper()
    return True


def table(value: Mapped, of: Target, local: Local) -> Table:
    """Give the constant that holds a map."""
    column, path = of.held.field.name.upper(), value.column.path.rpartition("__")[2].removesuffix("_id").upper()
    name = f"NEW_{{}}{column}" if value.column == Column(of.attname) else f"{{}}{column}_BY_{path}"
    pairs = [(old, new) for old, new in value.pairs if old is not None]
    return Table(*local.constants.pairs(name, pairs, of.model))


def nulls(value: Mapped) -> Any:
    """What a map gives for NULL: what a pair says, else what `nulls` says."""
    return next((Constant(new) for old, new in value.pairs if old is None), value.nulls)


def case(value: Mapped, of: Target, local: Local, kept: Code | None = None) -> Code:
    """Give a map as one CASE. Values that are errors never get here: they are looked for before the first write."""
    path, names = value.column.path, table(value, of, local)
    plain_values = all(is_plain(new, of, local) for _, new in value.pairs if new is not None)
    new = plain("new") if plain_values else fill("new, output_field={}", of.field(local))
    whens = fill("*({}({}=old, then={}({})) for old, new in {})", db("When"), path, db("Value"), new, names.items)
    if not value.pairs:
        whens = plain("")
    default = _else(value.unmatched, of, local, kept)
    parts = [whens] if whens.text else []
    if (null := _else(nulls(value), of, local, kept)) != default:
        then = null or fill("{}(None)", db("Value"))
        parts = [fill("{}({}__isnull=True, then={})", db("When"), path, then), *parts]
    if default is not None:
        parts.append(fill("default={}", default))
    if any(extra is not None and extra == kept for extra in (default, null)):
        parts.append(fill("output_field={}", of.field(local)))  # columns and constants are of different types to Django
    return fill("{}({})", db("Case"), joined(parts))


def _else(extra: Any, of: Target, local: Local, kept: Code | None) -> Code | None:
    if isinstance(extra, Constant):
        return None if extra.value is None else wrapped(extra.value, of, local)
    return None if extra == "null" else kept


def joint_table(value: JointlyMapped, of: Target, local: Local) -> str:
    """Give the constant that holds a map of several columns."""
    names = "_".join(column.path.rpartition("__")[2].removesuffix("_id") for column in value.columns)
    rows = [literal((*old, new)) for old, new in value.pairs]
    return local.constants.rows(f"{{}}{f'{of.held.field.name}_by_{names}'.upper()}", rows, of.model)


def joint_case(value: JointlyMapped, of: Target, local: Local, kept: Code | None = None) -> Code:
    """Give a map of several columns as one CASE."""
    plain_values = all(is_plain(new, of, local) for _, new in value.pairs if new is not None)
    new = plain("new") if plain_values else fill("new, output_field={}", of.field(local))
    parts = [_whens(value, joint_table(value, of, local), fill("{}({})", db("Value"), new))]
    default = _else(value.unmatched, of, local, kept)
    if default is not None:
        parts.append(fill("default={}", default))
        if default == kept:
            parts.append(fill("output_field={}", of.field(local)))
    return fill("{}({})", db("Case"), joined(parts))


def is_named(value: JointlyMapped, of: Target, local: Local) -> Code:
    """Give whether a map of several columns names the values of a row, also where some are NULL."""
    whens = _whens(value, joint_table(value, of, local), fill("{}(True)", db("Value")))
    return fill("{}({}, default={}(False))", db("Case"), whens, db("Value"))


def _whens(value: JointlyMapped, table: str, then: Code) -> Code:
    paths = [column.path for column in value.columns]
    conditions = ", ".join(f"{path}={path}" for path in paths)
    return fill("*({}({}, then={}) for {}, new in {})", db("When"), conditions, then, ", ".join(paths), table)


def got(value: KeyOf, local: Local) -> str:
    """Give the variable of the one row that a value is taken from."""
    model = model_of(local.state, value.model)
    rows = fill("{}._base_manager.using(alias)", local.model(model))
    return local.define(snake(model.name), where(rows, value.where, model, local))


def existence(value: Existence, model: ModelState, local: Local) -> Code:
    """Give whether there are related rows, over rows of `model`."""
    back, mine, related = related_rows(value, model, local)
    rows = f"{local.model(related)}._base_manager.using(alias)"
    link = fill("{}={}({})", back, db("OuterRef"), quoted(mine))
    written = arguments(value.where)
    if isinstance(value.where, Lookups) and written is not None:
        return fill("{}({}.filter({}, {}))", db("Exists"), rows, link, written)
    more = fill(".filter({})", written) if written is not None else plain("")
    return fill("{}({}.filter({}){})", db("Exists"), rows, link, more)


def related_rows(value: Existence, model: ModelState, local: Local) -> tuple[str, str, ModelState]:
    """Give the lookup by which related rows find their row, the column that it is compared with, and their model."""
    hop = walk(local.state, model, value.relation).hops[0]
    if hop.held.field.many_to_many:
        back = query_name(hop.held) if hop.forward else hop.held.field.name
        if not back:
            raise CannotEmit(f"{hop.to.name} has no name for its {model.name} rows by '{hop.held.field.name}'")
        return back, "pk", hop.to
    key = target(local.state, hop.held)
    return hop.held.field.attname, key.field.attname if key else "pk", hop.to


def row_number(value: Numbered, model: ModelState, local: Local) -> Code:
    """Give the number of a row among those of the query; it cannot be part of a query for one row."""
    number = plain("RowNumber()", "from django.db.models.functions import RowNumber")
    order = joined(ordered(name, model, local.state) for name in value.order)
    arguments = [number, fill("order_by=[{}]", order)]
    if value.within:
        arguments.insert(1, fill("partition_by=[{}]", joined(map(quoted, value.within))))
    window = fill("{}({})", db("Window"), joined(arguments))
    if value.step != 1:
        window = fill("{} * {}", window, str(value.step))
    zeroth = value.start - value.step
    return fill("{} {} {}", window, "+" if zeroth > 0 else "-", str(abs(zeroth))) if zeroth else window


# --- in UPDATE ---


def in_update(
    value: Value, of: Target, source: str | None, local: Local, *, filtered: bool = False, apart: bool = False
) -> Code:
    """Give a value as update() takes it: over the row itself, or over the first of the rows `source`.

    `filtered` is whether only rows that a map names are updated, so that nothing else need be kept. `apart` asks for a
    subquery where the row itself would do.
    """
    kept = None if filtered else fill("{}({})", db("F"), quoted(of.attname))
    outer = None if filtered else fill("{}({})", db("OuterRef"), quoted(of.attname))
    match value:
        case Constant():
            return literal(value.value)
        case Column(of="source", path=path):
            return _first(fill("{}.values({})", source or "", quoted(path)))
        case Mapped(column=Column(of="source")):
            return _first(fill("{}.values_list({})", source or "", case(value, of, local, outer)))
        case Computed(of="source"):
            return _first(fill("{}.values_list({})", source or "", expression(value, of, local)))
        case JointlyMapped(columns=(Column(of="source"), *_)):
            return _first(fill("{}.values_list({})", source or "", joint_case(value, of, local, outer)))
        case KeyOf():
            return expression(value, of, local)
        case Existence(of="row"):
            return existence(value, of.model, local)
        case JointlyMapped():
            if not apart and all(is_own(local, of.model, path) for path, _ in value_paths(value)):
                return joint_case(value, of, local, kept)
            return _first(fill("{}.values_list({})", _same_row(of.model, local), joint_case(value, of, local, outer)))
        case Column():
            return _own_column(value, of, local, apart)
        case Mapped():
            return _own_map(value, of, local, kept, outer, apart)
        case Computed():
            if not apart and all(is_own(local, of.model, path) for path in value.reads):
                return code_of(value.expression)
            return _first(_annotated(value, of.model, local))
    if isinstance(value, InPython):
        raise CannotEmit("a value of its own for each row cannot be part of one UPDATE")
    raise CannotEmit("this value of a source row cannot be part of an UPDATE", "existing: skip")


def _annotated(value: Computed, model: ModelState, local: Local) -> Code:
    same, name = _same_row(model, local), local.column(model)
    if any(to_many(path, model, local) for path in value.reads):
        same += '.values("pk")'  # GROUP BY the key alone, not by every column
    return fill("{}.annotate({}={}).values({})", same, name, code_of(value.expression), quoted(name))


def _own_column(value: Column, of: Target, local: Local, apart: bool) -> Code:
    if not apart and is_own(local, of.model, value.path):
        return fill("{}({})", db("F"), quoted(value.path))
    if not apart and (hop := _first_hop(value.path, of, local)) is not None:
        rows, rest = hop
        return _first(fill("{}.values({})", rows, quoted(rest)))
    return _first(fill("{}.values({})", _same_row(of.model, local), quoted(value.path)))


def _own_map(value: Mapped, of: Target, local: Local, kept: Code | None, outer: Code | None, apart: bool) -> Code:
    path = value.column.path
    if not apart and is_own(local, of.model, path):
        return case(value, of, local, kept)
    hop = _first_hop(path, of, local) if not apart and nulls(value) in ("error", "null") else None
    if hop is None:
        return _first(fill("{}.values_list({})", _same_row(of.model, local), case(value, of, local, kept)))
    rows, rest = hop
    moved = Mapped(Column(rest), value.pairs, value.unmatched, value.nulls)
    return _first(fill("{}.values_list({})", rows, case(moved, of, local, outer)))


def _first(rows: Code) -> Code:
    return fill("{}({}[:1])", db("Subquery"), rows)


def _first_hop(path: str, of: Target, local: Local) -> tuple[str, str] | None:
    """Give the rows that the first foreign key of a path leads to, and the rest of the path.

    UPDATE allows no joins, and MySQL allows no look at the table that is written: so the join begins one table further.
    """
    walked = walk(local.state, of.model, path)
    if not walked.hops or not walked.hops[0].forward or not _in_own_table(local, of.model, walked.hops[0].held):
        return None
    held, to = walked.hops[0].held, walked.hops[0].to
    key = target(local.state, held)
    if held.field.many_to_many or key is None:
        return None
    rows = fill(
        "{}._base_manager.using(alias).filter({}={}({}))",
        local.model(to), key.field.attname, db("OuterRef"), quoted(held.field.attname),
    )  # fmt: skip
    return local.define(held.field.name, rows), path.partition("__")[2]


def _same_row(model: ModelState, local: Local) -> str:
    rows = fill("{}._base_manager.using(alias).filter(pk={}({}))", local.model(model), db("OuterRef"), quoted("pk"))
    return local.define(f"same_{model.name_lower}", rows)


def is_own(local: Local, model: ModelState, path: str) -> bool:
    """Whether a path is a column in the model's own table."""
    walked: Walk = walk(local.state, model, path)
    return not walked.hops and (walked.held is None or _in_own_table(local, model, walked.held))


def _in_own_table(local: Local, model: ModelState, held: Held) -> bool:
    return (held.model.app_label, held.model.name_lower) == tables(local.state, model)[0]
