"""Texts or numbers of several kinds in one expression: Django asks which field the result has, and there is an answer.

`update()` gets along without it. What Django selects does not (a copy, a value over relations, a check for duplicates):
"Expression contains mixed types: CharField, SlugField. You must set output_field."
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.core.exceptions import FieldError
from django.db.migrations.state import ModelState
from django.db.models import BigIntegerField, CharField, DecimalField, F, FloatField, IntegerField, Q, TextField, When
from django.db.models import Expression as DjangoExpression

from migspec.dsl.expressions import Expression, parse
from migspec.schemas.data.lookups import walk_path
from migspec.schemas.python.expressions import evaluate
from migspec.schemas.scope import Scope

# What holds the values of those that come after it, as SQL has it.
TEXTS = (TextField, CharField)
NUMBERS = (FloatField, DecimalField, BigIntegerField, IntegerField)


def with_types(
    expression: Expression, found: Any, model: ModelState | None, scope: Scope, *at: str | int
) -> Expression:
    """Give the expression with `output_field` where texts or numbers differ in kind; `found` is what it evaluates to.

    The text stays as its author wrote it.
    """
    if not mixes(typed(found, model, scope)):
        return expression

    def told(node: Any) -> Any:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, name, [told(item) if isinstance(item, ast.AST) else item for item in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, told(value))
        if isinstance(node, ast.Call | ast.BinOp):
            part = evaluate(Expression(ast.unparse(node), node), scope, *at)
            if wanted := missing_type(typed(part, model, scope)):
                named = ast.keyword("output_field", parse(f"models.{wanted}()").tree)
                if isinstance(node, ast.BinOp):
                    return ast.Call(ast.Name("ExpressionWrapper", ast.Load()), [node], [named])
                node.keywords.append(named)
        return node

    return replace(expression, tree=told(parse(expression.text).tree))


def typed(found: Any, model: ModelState | None, scope: Scope) -> Any:
    """Copy an expression with the fields of its columns in their places, which is where Django looks for its type."""
    if isinstance(found, F):
        walked = walk_path(str(vars(found)["name"]), model, scope) if model is not None else None
        field: Any = walked.held.field if walked and walked.held and not walked.rest else None
        return DjangoExpression(output_field=field)
    if isinstance(found, Q):
        return DjangoExpression()  # the filter of an aggregate, which since Django 6.0 is asked for its type
    if not hasattr(found, "get_source_expressions"):
        return found
    copy = found.copy()
    copy.set_source_expressions([typed(part, model, scope) for part in found.get_source_expressions()])
    return copy


def mixes(found: Any) -> bool:
    """Whether a part of an expression lacks a type."""
    if not hasattr(found, "get_source_expressions"):
        return False
    return bool(missing_type(found)) or any(mixes(part) for part in found.get_source_expressions())


def missing_type(found: Any) -> str:
    """Give the field of a part that mixes texts, or numbers, of several kinds; empty text where Django needs none."""
    if not hasattr(found, "get_source_expressions") or type_of(found) is not None:
        return ""
    fields = list(source_fields(found))
    for kinds in (TEXTS, NUMBERS):
        if fields and all(isinstance(field, kinds) for field in fields):
            return next(kind.__name__ for kind in kinds if any(isinstance(field, kind) for field in fields))
    return ""


def type_of(found: Any) -> Any:
    try:
        return found.output_field
    except FieldError:
        return None


def source_fields(found: Any) -> Iterator[Any]:
    """Give the fields of what a part consists of; of Concat's parts, those in the pairs that it makes of them."""
    parts = [found.result] if isinstance(found, When) else found.get_source_expressions()
    for part in filter(None, parts):
        if (field := type_of(part)) is not None:
            yield field
        else:
            yield from source_fields(part)
