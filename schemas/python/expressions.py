"""The types of a spec's keys that hold an expression, and what an expression means in Python."""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from migspec.dsl.diagnostics import SpecError, nearest
from migspec.dsl.dotted import dotted
from migspec.dsl.expressions import Expression, ExpressionProblem, parse
from migspec.dsl.grammar import column_of, width_of
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.python.importing import Refused, attribute_of, named, sentence
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

# --- the types ---


class _Text:
    """Text in a spec, an Expression in Python."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            _bare,
            core_schema.no_info_after_validator_function(_parsed, core_schema.str_schema(strict=True)),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        about = {
            "description": "An expression in Python's syntax: `Q(status='new') & ~Q(owner=None)`. Names are those of"
            " Django's expressions, or import paths.",
            "examples": ["Q(status='new')", "Concat('first', Value(' '), 'last')", "app.validators.even"],
        }
        return {**handler(schema), "minLength": 1, **about}


class _Mapping:
    """{expr: text} in a spec, an Expression in Python."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            lambda tagged: tagged.expr,
            handler.generate_schema(Expr),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda expression: {"expr": str(expression)}
            ),
        )


def _bare(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"expr"} and isinstance(value["expr"], str):
        hint = f"write the expression itself: {value['expr']!r}"
        raise complaint("E204", "only an expression can stand here, so it needs no {expr: ...}", hint=hint)
    return value


def _parsed(text: str) -> Expression:
    try:
        return parse(text)
    except ExpressionProblem as problem:
        raise complaint("E207", problem.message, hint=problem.hint, column=problem.column) from None


ExpressionText = Annotated[Expression, _Text()]


class Expr(Part):
    """An expression, where a plain value would be a literal."""

    expr: ExpressionText


ExprValue = Annotated[Expression, _Mapping()]


# --- what it means ---


def evaluate(expression: Expression, scope: Scope, *at: str | int) -> Any:
    """Give the object that the expression stands for; `at` leads to its text inside the step.

    SpecError: E309 for a name that cannot be imported, E311 for one that this Django does not have, E314 for what the
    called object refuses, E316 for a setting that is not there.
    """
    try:
        return _value(expression.tree)
    except Refused as refused:
        raise _located(refused, expression.text, scope, at) from None


def _located(refused: Refused, text: str, scope: Scope, at: tuple[str | int, ...]) -> SpecError:
    """Give the error at the part of the text that it is about, where the spec has the text on one line as it is."""
    error = scope.error(refused.code, refused.message, *at, hint=refused.hint)
    (found,) = error.diagnostics
    place = found.place
    start = place.text.find(text, place.column - 1)
    if refused.node is None or start < 0 or "\n" in text:
        return error
    column, width = column_of(text, refused.node), width_of(text, refused.node)
    return SpecError(replace(found, place=replace(place, column=start + column, width=width)))


def _value(node: ast.expr) -> Any:
    """Give the object that a node stands for."""
    name = dotted(node)
    if name:
        return _at(node, lambda: named(name))
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Attribute(value=owner, attr=attribute):
            found = _value(owner)
            return _at(node, lambda: attribute_of(found, attribute, f"this {type(found).__name__}"))
        case ast.Call():
            return _called(node)
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple([_value(item) for item in items])
        case ast.Set(elts=items):
            return _doing("a set", set, node, [_value(item) for item in items])
        case ast.Dict(keys=keys, values=values):
            pairs = [(_value(key), _value(value)) for key, value in zip(keys, values, strict=True) if key]
            return _doing("a dict", dict, node, pairs)
        case ast.UnaryOp(op=op, operand=operand):
            sign, function = _OPERATORS[type(op)]
            return _doing(f"'{sign}'", function, node, _value(operand))
        case ast.BinOp(left=left, op=op, right=right):
            sign, function = _OPERATORS[type(op)]
            return _doing(f"'{sign}'", function, node, _value(left), _value(right))
    raise AssertionError(f"the grammar lets {type(node).__name__} through")


_OPERATORS: dict[type[ast.AST], tuple[str, Callable[..., Any]]] = {
    ast.UAdd: ("+", operator.pos),
    ast.USub: ("-", operator.neg),
    ast.Invert: ("~", operator.invert),
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", operator.pow),
    ast.BitAnd: ("&", operator.and_),
    ast.BitOr: ("|", operator.or_),
    ast.BitXor: ("^", operator.xor),
}


def _at(node: ast.expr, function: Callable[[], Any]) -> Any:
    """Do something, and give the node to what it refuses."""
    try:
        return function()
    except Refused as refused:
        refused.node = refused.node or node
        raise


def _called(node: ast.Call) -> Any:
    function = _value(node.func)
    arguments = [_value(argument) for argument in node.args]
    keywords = {keyword.arg: _value(keyword.value) for keyword in node.keywords if keyword.arg}
    name = ast.unparse(node.func)
    if not callable(function):
        raise Refused("E314", f"'{name}' is not something to call", "remove the parentheses", node)
    return _doing(name, function, node, *arguments, **keywords)


def _doing(name: str, function: Callable[..., Any], node: ast.expr, /, *arguments: Any, **keywords: Any) -> Any:
    """Call something, and say in one sentence what it has against it."""
    try:
        return function(*arguments, **keywords)
    except Exception as error:
        hint = _argument_hint(function, keywords) if isinstance(error, TypeError) else ""
        raise Refused("E314", f"{name} refuses this: {sentence(error)}", hint, node) from None


def _argument_hint(function: Callable[..., Any], keywords: Iterable[str]) -> str:
    """Give the argument that was probably meant, from the signatures of a class and of its bases."""
    known: set[str] = set()
    bases = function.__mro__ if isinstance(function, type) else ()
    for signed in [vars(base).get("__init__") for base in bases] or [function]:
        try:
            known |= inspect.signature(signed).parameters.keys() if signed else set()
        except (TypeError, ValueError):
            continue
    known -= {"self", "args", "kwargs"}
    return next(filter(None, (nearest(word, known) for word in keywords if word not in known)), "")
