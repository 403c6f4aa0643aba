"""Values that are written as expressions: constants, callables, and what the database computes."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Literal

from django.conf import SettingsReference
from django.db.migrations.state import ModelState
from django.db.models import Aggregate, F, OuterRef, Q, Subquery, Window

from migspec.dsl.dotted import dotted
from migspec.dsl.expressions import Expression
from migspec.schemas import rows
from migspec.schemas.collect import Collected
from migspec.schemas.expressions import Expr, evaluate
from migspec.schemas.literals import read_literal
from migspec.schemas.lookups import compared, walk_path
from migspec.schemas.paths import AnyField
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
        return rows.Computed(expression, reads(found, model, scope, *at), of)
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
        raise scope.error("E307", message, *at, hint="name a function of the project that takes none") from None
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
            raise scope.error("E307", message, *at, hint=f"write '{name}' to call it for each row")


def check_kind(found: Any, scope: Scope, *at: str | int) -> None:
    """E502 for expressions over several rows, which no update of a row can hold."""
    for node in nodes(found):
        if isinstance(node, Aggregate | Window | Subquery | OuterRef):
            what = "window functions" if isinstance(node, Window) else "aggregates and subqueries"
            hint = "compute it in run_python or run_sql"
            raise scope.error("E502", f"{what} are not supported here yet", *at, hint=hint)


def is_condition(found: Any) -> bool:
    return isinstance(found, Q) or bool(getattr(found, "conditional", False))


# --- the columns that an expression reads ---


def reads(found: Any, model: ModelState | None, scope: Scope, *at: str | int) -> tuple[str, ...]:
    """Give the ORM paths of the columns that an expression reads; SpecError for those that are not there."""
    problems = Collected()
    paths: list[str] = []
    for path, is_lookup in dict.fromkeys(named(found)):
        with problems.catching():
            if model is None:
                message = f"'{path}' is a column, and a row that is written in the spec has no columns to read"
                raise scope.error("E303", message, *at)
            walked = walk_path(path, model, scope, *at)
            if walked.held is None and not is_lookup:
                raise scope.error("E303", f"'{path}' leads to many rows, not to a column", *at)
            compared(walked, scope, *at)
            paths.append(walked.path)
    problems.throw()
    return tuple(dict.fromkeys(paths))


def named(found: Any) -> Iterator[tuple[str, bool]]:
    """Give the paths in an expression, and whether each is a lookup of a condition."""
    for node in nodes(found):
        if isinstance(node, F):
            yield str(vars(node)["name"]), False
        elif isinstance(node, Q):
            yield from ((child[0], True) for child in node.children if isinstance(child, tuple))


def nodes(found: Any) -> Iterator[Any]:
    """Give all parts of an expression."""
    if isinstance(found, Q):
        yield found
        for child in found.children:
            yield from nodes(child[1] if isinstance(child, tuple) else child)
    elif isinstance(found, list | tuple):
        for item in found:
            yield from nodes(item)
    elif hasattr(found, "resolve_expression"):
        yield found
        if hasattr(found, "get_source_expressions") and not isinstance(found, Subquery):
            for part in found.get_source_expressions():
                yield from nodes(part)
