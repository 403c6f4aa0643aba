"""Arguments of fields, indexes and other classes as they are written: literals, {expr: ...} and {value: ...}."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from migspec.dsl.diagnostics import Path, SpecError
from migspec.dsl.expressions import Expression, ExpressionProblem, parse
from migspec.dsl.source import WrittenFloat
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.complaint import Hint, complaint
from migspec.schemas.errors.wording import found, inline, line
from migspec.schemas.python.expressions import evaluate
from migspec.schemas.scope import Scope


@dataclass(frozen=True, slots=True)
class Written:
    """An expression, and where it stands inside the value that it is."""

    expression: Expression
    at: Path = ("expr",)


@dataclass(frozen=True, slots=True)
class Given:
    """A literal of any shape: {value: ...}."""

    value: Any


# A scalar, Written, Given, a list or a mapping of these, or a type of its own that has resolve().
Argument = Any


# --- from the document ---


class Complaints:
    """What is wrong with one value, found piece by piece and raised once."""

    def __init__(self) -> None:
        self.found: list[InitErrorDetails] = []

    def add(self, error: PydanticCustomError, value: Any = None) -> None:
        self.found.append(InitErrorDetails(type=error, loc=(), input=value))

    def say(self, code: str, message: str, at: Path, *, hint: Hint = "", key: bool = False) -> None:
        self.add(complaint(code, message, hint=hint, at=at, key=key))

    def done(self, title: str) -> None:
        """Raise what was found while a document is validated; nothing happens where nothing was."""
        if self.found:
            raise ValidationError.from_exception_data(title, self.found)

    def located(self, scope: Scope, *at: str | int) -> None:
        """Raise what was found when the project is known; `at` leads to the value."""
        format = getattr(getattr(scope.locate, "__self__", None), "format", "yaml")
        errors = Collected()
        for one in self.found:
            error: Any = one["type"]
            context = error.context
            hint = context["hint"](format) if callable(context["hint"]) else context["hint"]
            place = (*at, *context["at"])
            errors.add(scope.error(error.type, context["message"], *place, hint=hint, key=context["key"]))
        errors.throw()


def read_expression(text: Any, at: Path, complaints: Complaints) -> Written | None:
    """Read the text of an expression that stands at `at` inside the value being validated."""
    if not isinstance(text, str):
        complaints.say("E204", f"an expression is text, not {found(text)}", at)
        return None
    try:
        return Written(parse(text), at[-1:] if at and at[-1] == "expr" else ())
    except ExpressionProblem as problem:
        error = complaint("E207", problem.message, hint=problem.hint, at=at, column=problem.column)
        complaints.add(error, text)
        return None


def read_bare(value: Any, at: Path, complaints: Complaints) -> Written | None:
    """Read an expression in a slot that holds nothing else, and so has no {expr: ...}."""
    if isinstance(value, dict) and set(value) == {"expr"} and isinstance(value["expr"], str):
        said = "only an expression can stand here, so it needs no {expr: ...}"
        complaints.say("E204", said, at, hint=pasted(value["expr"], "write the expression itself:"))
        return None
    return read_expression(value, at, complaints)


def read_argument(value: Any, at: Path, complaints: Complaints) -> Argument:
    """Read an argument at any depth: plain values are literals, {expr: ...} and {value: ...} are what they say."""
    if isinstance(value, list):
        return [read_argument(item, (*at, index), complaints) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    for tag in ("expr", "value"):
        if tag in value and len(value) > 1:
            other = next(key for key in value if key != tag)
            hint = pasted({"value": value}, f"a literal mapping with the key '{tag}' is written")
            complaints.say("E208", f"'{tag}' stands alone in its mapping", (*at, other), hint=hint, key=True)
            return None
    if "expr" in value:
        return read_expression(value["expr"], (*at, "expr"), complaints)
    if "value" in value:
        return Given(value["value"])
    return {key: read_argument(item, (*at, key), complaints) for key, item in value.items()}


def pasted(value: Any, before: str = "write") -> Hint:
    """Give a hint that shows a value as it is pasted into the spec."""
    return lambda format: f"{before} {inline(value, format)}"


def pasted_line(key: str, value: Any, before: str = "add") -> Hint:
    """Give a hint that shows a key with its value."""
    return lambda format: f"{before} '{line(key, value, format)}'"


def is_literal(argument: Argument) -> bool:
    """Whether no part of an argument is an expression."""
    if isinstance(argument, list):
        return all(map(is_literal, argument))
    if isinstance(argument, dict):
        return all(map(is_literal, argument.values()))
    return not isinstance(argument, Written)


# --- to Python values ---


def error_in_text(
    scope: Scope, code: str, message: str, written: Written, column: int, *at: str | int, hint: str = ""
) -> SpecError:
    """Give the error about the part of an expression that begins at `column` (from 1); `at` leads to what it is of."""
    error = scope.error(code, message, *at, *written.at, hint=hint)
    (found,) = error.diagnostics
    place, text = found.place, written.expression.text
    start = place.text.find(text, place.column - 1)
    if start < 0 or "\n" in text:
        return error
    return SpecError(replace(found, place=replace(place, column=start + column, width=1)))


def resolve(argument: Argument, scope: Scope, *at: str | int) -> Any:
    """Give the Python value of an argument; SpecError where an expression of it has none."""
    match argument:
        case Written():
            return evaluate(argument.expression, scope, *at, *argument.at)
        case Given():
            return plain(argument.value)
        case list():
            return list(resolved(enumerate(argument), scope, *at).values())
        case dict():
            return resolved(argument.items(), scope, *at)
    return plain(argument)


def resolved(items: Iterable[tuple[Any, Argument]], scope: Scope, *at: str | int) -> dict[Any, Any]:
    """Give the values of several arguments; SpecError with all that is wrong with any."""
    collected = Collected()
    found = {}
    for key, item in items:
        with collected.catching():
            found[key] = resolve(item, scope, *at, key)
    collected.throw()
    return found


def plain(value: Any) -> Any:
    """Give a literal as Python has it: numbers without the digits they were written with."""
    match value:
        case WrittenFloat():
            return float(value)
        case list():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
    return value
