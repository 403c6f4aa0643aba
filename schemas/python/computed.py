"""Values that are written as expressions: constants, callables, and what the database computes."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any, Literal

from django.conf import SettingsReference
from django.db.migrations.state import ModelState
from django.db.models import Aggregate, F, OuterRef, Q, Subquery, Window

from migspec.dsl.dotted import dotted
from migspec.dsl.expressions import Expression
from migspec.schemas.data import rows
from migspec.schemas.data.literals import read_literal
from migspec.schemas.data.lookups import compared, walk_path
from migspec.schemas.data.paths import AnyField
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.complaint import Hint
from migspec.schemas.errors.pasting import value_hint
from migspec.schemas.python.expressions import Expr, evaluate
from migspec.schemas.python.mixed_types import with_types
from migspec.schemas.scope import Scope


class ExpressionPart(Expr):
    """A value that is computed: in the database, or by a Python function that is called for each row."""


def lower_expression(
    field: AnyField,
    expression: Expression,
    model: ModelState | None,
    of: Literal["row", "source"],
    scope: Scope,
    *at: str | int,
) -> rows.Value:
    """Give the value that an expression stands for in a column; `model` is the one whose columns it may read.

    SpecError where it cannot be evaluated, names columns that are not there, or is a constant that does not fit.
    """
    found = evaluate(expression, scope, *at)
    if hasattr(found, "resolve_expression"):
        check_kind(found, scope, *at)
        paths = reads(found, model, scope, *at)
        check_one_value(found, model, scope, *at)
        return rows.Computed(with_types(expression, found, model, scope, *at), paths, of)
    if dotted(expression.tree) is not None and callable(found):
        if found in (dict, list, str, int, float, bool):
            return rows.Constant(read_literal(field, found(), scope, *at))
        check_callable(found, expression, scope, *at)
        return rows.PerRow(expression)
    if isinstance(found, SettingsReference):  # stays one, so that it is emitted as settings.NAME
        read_literal(field, str(found), scope, *at)
        return rows.Constant(found)
    check_constant(expression, scope, *at)
    return rows.Constant(read_literal(field, found, scope, *at))


def check_callable(found: Callable[..., Any], expression: Expression, scope: Scope, *at: str | int) -> None:
    """E307 for a callable that cannot be called for a row: it gets no arguments."""
    try:
        inspect.signature(found).bind()
    except TypeError:
        message = f"'{expression}' wants arguments, and it is called for each row without any"
        raise scope.error("E307", message, *at, hint=_called(expression.text, "with arguments it is")) from None
    except ValueError:  # built-in functions without a signature
        return


def check_constant(expression: Expression, scope: Scope, *at: str | int) -> None:
    """E307 for a call that would run once, while compiling: its result is no constant."""
    tree = expression.tree
    if isinstance(tree, ast.Call) and dotted(tree.func) is not None:
        name = ast.unparse(tree.func)
        called = evaluate(Expression(name, tree.func), scope, *at)
        if not isinstance(called, type):
            message = f"'{expression}' would be computed once, when the spec is compiled"
            hint = _called(name, f"write '{name}' to call it for each row, with arguments")
            raise scope.error("E307", message, *at, hint=hint)


def _called(name: str, before: str) -> Hint:
    """Show how a function is called for each row with arguments."""
    first, _, last = name.partition(".")
    short = name if first in sys.stdlib_module_names else last.rpartition(".")[2]
    return value_hint({"python": f"return {short}(...)"}, before)


def check_kind(found: Any, scope: Scope, *at: str | int, condition: bool = False) -> None:
    """E502 for window functions and subqueries, and for aggregates in a condition."""
    for node in nodes(found):
        if isinstance(node, Window):
            hint = value_hint({"row_number": {"order_by": ...}}, "number rows by")
            raise scope.error("E502", "window functions are not supported here", *at, hint=hint)
        if isinstance(node, Subquery | OuterRef):
            hint = "take the value from a 'source', or compute it in run_python or run_sql"
            raise scope.error("E502", "subqueries are not supported here", *at, hint=hint)
        if condition and isinstance(node, Aggregate):
            hint = "set a column to it in an earlier step, and compare that column"
            raise scope.error("E502", "aggregates are not supported in conditions", *at, hint=hint)


def check_one_value(found: Any, model: ModelState | None, scope: Scope, *at: str | int) -> None:
    """E318 for an expression that gives a row more than one value, or counts related rows more than once."""
    many = {path: relation for path, _, _ in named(found) if (relation := to_many(path, model, scope))}
    for path, _, aggregated in named(found):
        if path in many and not aggregated:
            hint = f"aggregate them, as in Max('{path}'), or take one of them from a 'source' with 'pick'"
            raise scope.error("E318", f"'{path}' leads to several rows, and a column holds one value", *at, hint=hint)
    if len(set(many.values())) > 1:
        one, other, *_ = dict.fromkeys(many.values())
        message = (
            f"'{one}' and '{other}' in one expression: each row of one would be counted with every row of the other"
        )
        raise scope.error("E318", message, *at, hint="set a column for each, and compute with those in a later step")
    if not many and any(isinstance(node, Aggregate) for node in nodes(found)):
        message = "this aggregates rows, and names no relation that leads to several"
        raise scope.error("E307", message, *at, hint="aggregate over related rows: Count('books')")


def to_many(path: str, model: ModelState | None, scope: Scope) -> str:
    """Give the part of a path that leads to several rows; an empty text where it leads to one."""
    hops = walk_path(path, model, scope).hops if model is not None else ()
    words, last = path.split("__"), 0
    for number, hop in enumerate(hops, 1):
        if hop.held.field.many_to_many or (not hop.forward and not hop.held.field.one_to_one):
            last = number
    return "__".join(words[:last])


def is_condition(found: Any) -> bool:
    return isinstance(found, Q) or bool(getattr(found, "conditional", False))


# --- the columns that an expression reads ---


def reads(found: Any, model: ModelState | None, scope: Scope, *at: str | int) -> tuple[str, ...]:
    """Give the ORM paths of the columns that an expression reads; SpecError for those that are not there."""
    problems = Collected()
    paths: list[str] = []
    for path, is_lookup, aggregated in dict.fromkeys(named(found)):
        with problems.catching():
            if model is None:
                message = f"'{path}' is a column, and a row that is written in the spec has no columns to read"
                raise scope.error("E303", message, *at)
            walked = walk_path(path, model, scope, *at)
            if walked.held is None and not is_lookup and not aggregated:
                raise scope.error("E303", f"'{path}' leads to many rows, not to a column", *at)
            compared(walked, scope, *at)
            paths.append(walked.path)
    problems.throw()
    return tuple(dict.fromkeys(paths))


def named(found: Any) -> Iterator[tuple[str, bool, bool]]:
    """Give the paths in an expression, whether each is a lookup of a condition, and whether it is aggregated."""
    for node, aggregated in parts(found):
        if isinstance(node, F):
            yield str(vars(node)["name"]), False, aggregated
        elif isinstance(node, Q):
            yield from ((child[0], True, aggregated) for child in node.children if isinstance(child, tuple))


def nodes(found: Any) -> Iterator[Any]:
    """Give all parts of an expression."""
    return (node for node, _ in parts(found))


def parts(found: Any, aggregated: bool = False) -> Iterator[tuple[Any, bool]]:
    """Give all parts of an expression, and whether each stands in an aggregate."""
    if isinstance(found, Q):
        yield found, aggregated
        for child in found.children:
            yield from parts(child[1] if isinstance(child, tuple) else child, aggregated)
    elif isinstance(found, list | tuple):
        for item in found:
            yield from parts(item, aggregated)
    elif hasattr(found, "resolve_expression"):
        yield found, aggregated
        if hasattr(found, "get_source_expressions") and not isinstance(found, Subquery):
            for part in found.get_source_expressions():
                yield from parts(part, aggregated or isinstance(found, Aggregate))
