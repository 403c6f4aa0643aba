"""What run_python and run_sql share: keys that code of the author has, and the models that it touches."""

from __future__ import annotations

import ast
import re
import textwrap
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from migspec.schemas.changes import EVERYTHING, Effects
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep

Uses = Annotated[
    list[ModelRef] | None,
    Field(description="The models that the code reads and writes. Without it the step may touch everything."),
]


def is_body(text: str, over: str = "apps, schema_editor") -> str:
    """Refuse what is not the body of a function over these arguments; E207 at the line."""
    body = textwrap.dedent(text)
    if not body.strip():
        raise complaint(
            "E207",
            "the function has no body",
            hint=f"write the statements of a function over {over.replace(', ', ' and ')}",
        )
    try:
        tree = ast.parse(body)
        function = ast.parse(f"def forwards({over}): pass")
        function.body[0].body = tree.body or [ast.Pass()]  # type: ignore[attr-defined]
        compile(function, "<spec>", "exec")
    except (SyntaxError, ValueError) as error:
        line = (error.lineno or 0) if isinstance(error, SyntaxError) else 0
        raise complaint("E207", said(error), line=line if "\n" in body.strip() else 0) from None
    if any(line := yields(statement) for statement in tree.body):
        message = "'yield' makes a generator of the function, which Django never runs"
        raise complaint("E207", message, line=line if "\n" in body.strip() else 0)
    return text


def yields(node: ast.AST) -> int:
    """Give the line of a `yield` of the function itself, 0 without one."""
    if isinstance(node, ast.Yield | ast.YieldFrom):
        return node.lineno
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return 0
    return next((line for child in ast.iter_child_nodes(node) if (line := yields(child))), 0)


def said(error: Exception) -> str:
    message = re.sub(r" \(.*\)$", "", getattr(error, "msg", None) or str(error))
    return f"this is not Python: {message}"


Body = Annotated[str, AfterValidator(lambda text: is_body(text))]


def used(uses: list[Any] | None, scope: Scope) -> Effects:
    """Give what code of the author touches; SpecError for a model that is not there."""
    if uses is None:
        return Effects(reads=frozenset({EVERYTHING}), writes=frozenset({EVERYTHING}))
    problems = Collected()
    touches = set()
    for index, name in enumerate(uses):
        with problems.catching():
            touches.add(scope.touch("model", scope.model(name, "uses", index)))
    problems.throw()
    return Effects(reads=frozenset(touches), writes=frozenset(touches))


def refuse_row_keys(step: DataStep, scope: Scope) -> None:
    """E208 for keys that are about rows of which migspec knows nothing here."""
    problems = Collected()
    for key in ("keep_old", "batch", "emit"):
        if getattr(step, key) not in (False, None):
            message = f"'{key}' is about rows that migspec writes, and {step.verb} is code of your own"
            problems.add(scope.error("E208", message, key, hint=f"remove '{key}'", key=True))
    problems.throw()
