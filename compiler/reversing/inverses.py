"""Turning a value round: from what a column became, what the column was that it was computed from."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from migspec.dsl.expressions import Expression, known_name, parse
from migspec.schemas.data.literals import PLURAL
from migspec.schemas.data.rows import Column, Computed, Constant, Converted, JsonChange, Mapped, Reshaped, Value


@dataclass(frozen=True, slots=True)
class Inverse:
    """The column that a value was computed from, and how to compute it from the column that got the value.

    `differs` says what is another value then than before, nothing where it is exact.
    """

    of: Column
    value: Callable[[Column], Value]
    differs: tuple[str, ...] = ()


def inverse(value: Value, *, kind: str | None, into: str | None, same_column: bool, nullable: bool) -> Inverse | None:
    """Give the inverse of a value, None where it has none.

    `kind` is what the column that is read holds (as literals.kind_of says) and `nullable` whether NULL may be in it,
    `into` what the one that is written holds; `same_column` is whether they are one.
    """
    match value:
        case Column():
            return Inverse(value, lambda new: new)
        case Mapped():
            return mapped(value, same_column=same_column, nullable=nullable)
        case Computed():
            return computed(value, kind)
        case Converted():
            return converted(value, kind, into, nullable=nullable)
        case Reshaped():
            return reshaped(value)
    return None


# --- maps ---


def mapped(value: Mapped, *, same_column: bool, nullable: bool) -> Inverse | None:
    """Turn a one-to-one map round. What it did to other values and to NULL must be told apart from what it maps."""
    if not value.one_to_one:
        return None
    pairs = [(new, old) for old, new in value.pairs]
    null: Any = next((Constant(old) for new, old in pairs if new is None), None)
    pairs = [(new, old) for new, old in pairs if new is not None]
    if isinstance(value.nulls, Constant) and value.nulls.value is not None:
        if any(same(value.nulls.value, new) for new, _ in pairs):
            return None
        pairs.append((value.nulls.value, None))
    elif value.nulls != "error":  # NULL became NULL, or stayed
        if null is not None:
            return None
        null = "keep" if same_column else "null"
    if value.unmatched == "null" or isinstance(value.unmatched, Constant):
        return None  # many values became one
    if value.unmatched == "keep" and not same_column:
        return None
    if null is None:
        null = "keep" if same_column else "null" if nullable else "error"
    unmatched: Literal["keep", "error"] = "keep" if same_column else "error"
    return Inverse(value.column, lambda new: Mapped(new, tuple(pairs), unmatched, null))


def image(value: Mapped) -> list[Any]:
    """Give the values that a map gives."""
    extra = [value.nulls.value] if isinstance(value.nulls, Constant) else []
    return [*(new for _, new in value.pairs), *extra]


def same(first: Any, second: Any) -> bool:
    """Whether two literals are one value: True is not 1."""
    return type(first) is type(second) and bool(first == second)


# --- conversions ---

# What Python writes as text and Django's fields read as the same value again.
WRITTEN = {
    *("whole number", "decimal", "number", "boolean"),
    *("date", "date and time", "time", "duration", "UUID", "JSON"),
}


def converted(value: Converted, kind: str | None, into: str | None, *, nullable: bool) -> Inverse | None:
    """Turn a conversion round: a value written as text is read again, a text that was read is written anew."""
    name, differs = value.column.path.replace("__", "."), list[str]()
    if kind in WRITTEN and into == "text":
        differs += ["JSON's null comes back as NULL"] if kind == "JSON" else []
    elif kind == "text" and into in WRITTEN:
        differs.append(f"{name} comes back as Python writes {PLURAL[into]}")
    elif not (kind == into == "text" or (kind == "whole number" and into in ("whole number", "decimal"))):
        return None
    if value.invalid != "error":
        differs.append(f"values of {name} that could not be converted do not come back")
    if nullable and isinstance(value.nulls, Constant):
        differs.append(f"NULL in {name} comes back as {value.nulls.value!r}")
    nulls: Literal["null", "error"] = "null" if nullable else "error"
    return Inverse(value.column, lambda new: Converted(new, nulls=nulls, of_json=into == "JSON"), tuple(differs))


# --- JSON ---


def reshaped(value: Reshaped) -> Inverse | None:
    back = turned(value.change)
    return Inverse(value.column, lambda new: Reshaped(new, back)) if back else None


def turned(change: JsonChange) -> JsonChange | None:
    """Turn changed keys and elements round: new ones were not there before, as the change looks for them first."""
    olds, news = ({json.dumps(pair[side], sort_keys=True) for pair in change.replace} for side in (0, 1))
    each = turned(change.each) if change.each else None
    lost = change.drop or change.remove or olds != news or (change.each and not each)
    if lost or change.existing != "error":
        return None
    return JsonChange(
        at=change.at,
        rename=tuple((one, other) for other, one in change.rename),
        drop=tuple(key for key, _ in change.set),
        remove=change.append,
        replace=tuple((one, other) for other, one in change.replace),
        each=each,
    )


# --- expressions ---

# Adding and taking away is exact in these; floating-point numbers round.
EXACT = {"whole number", "decimal", "date", "date and time", "duration"}


def computed(value: Computed, kind: str | None) -> Inverse | None:
    """Turn round what has an inverse on every row: F('n') + 1, F('n') - 1, F('n') * 10, -F('n'), ~F('flag')."""
    tree = value.expression.tree
    path = field_of(tree)
    if path is not None:
        return Inverse(Column(path, value.of), lambda new: new)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub | ast.Invert):
        wanted = "boolean" if isinstance(tree.op, ast.Invert) else "whole number"
        path = field_of(tree.operand)
        if path is None or (kind != wanted and not (wanted == "whole number" and kind in ("decimal", "number"))):
            return None
        sign = "~" if isinstance(tree.op, ast.Invert) else "-"
        return Inverse(Column(path, value.of), lambda new: recomputed(new, f"{sign}{{}}"))
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub) and kind in EXACT:
        left, right = field_of(tree.left), field_of(tree.right)
        if left is not None and is_constant(tree.right):
            other = ast.unparse(tree.right)
            sign = "-" if isinstance(tree.op, ast.Add) else "+"
            return Inverse(Column(left, value.of), lambda new: recomputed(new, f"{{}} {sign} {bracketed(other)}"))
        if right is not None and is_constant(tree.left):
            other = ast.unparse(tree.left)
            form = f"{{}} - {bracketed(other)}" if isinstance(tree.op, ast.Add) else f"{bracketed(other)} - {{}}"
            return Inverse(Column(right, value.of), lambda new: recomputed(new, form))
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult) and kind == "whole number":
        column, factor = (tree.left, tree.right) if field_of(tree.left) is not None else (tree.right, tree.left)
        path = field_of(column)
        if path is not None and is_factor(factor):
            form = f"{{}} / {bracketed(ast.unparse(factor))}"  # of a multiple: nothing is left over
            return Inverse(Column(path, value.of), lambda new: recomputed(new, form))
    return None


def field_of(tree: ast.expr) -> str | None:
    """Give the path in F('path')."""
    match tree:
        case ast.Call(args=[ast.Constant(value=str(path))], keywords=[]) if known_name(tree.func) == "F":
            return path
    return None


def is_constant(tree: ast.expr) -> bool:
    """Whether an expression reads no column and is the same every time: a number, or timedelta(days=1)."""
    match tree:
        case ast.Constant(value=int()):
            return True
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int())):
            return True
        case ast.Call(args=args, keywords=keywords):
            name = ast.unparse(tree.func).rpartition(".")[2]
            parts = [*args, *(keyword.value for keyword in keywords)]
            return name in ("timedelta", "Decimal") and all(is_constant(part) or is_text(part) for part in parts)
    return False


def is_factor(tree: ast.expr) -> bool:
    """Whether multiplying by an expression can be undone: a whole number that is not zero."""
    if isinstance(tree, ast.UnaryOp):
        return isinstance(tree.op, ast.USub) and is_factor(tree.operand)
    return isinstance(tree, ast.Constant) and type(tree.value) is int and tree.value != 0


def is_text(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and isinstance(tree.value, str)


def bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def recomputed(column: Column, form: str) -> Computed:
    """Give an expression over one column; `{}` in the form stands for it."""
    return Computed(expression_of(form.format(f"F({column.path!r})")), (column.path,), column.of)


def expression_of(text: str) -> Expression:
    return parse(text)
