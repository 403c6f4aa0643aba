"""Slots of arguments: the kinds of value that they take, with the words for them, and the same as JSON Schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.db import models
from django.utils.functional import Promise

from migspec.dsl.diagnostics import Path, nearest
from migspec.dsl.names import NameProblem, parse_model
from migspec.schemas.errors.complaint import Hint
from migspec.schemas.errors.wording import either, found, repair
from migspec.schemas.python.arguments import Argument, Complaints, Given, Written, pasted

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slot:
    """The kind of value that an argument takes, by a name of KINDS, and one sentence about it."""

    kind: str
    about: str


ON_DELETE: Final = ("CASCADE", "PROTECT", "RESTRICT", "SET_NULL", "SET_DEFAULT", "DO_NOTHING")
# What newer versions of Django added.
ON_DELETE_SINCE: Final = {"DB_CASCADE": "6.1", "DB_SET_NULL": "6.1", "DB_SET_DEFAULT": "6.1"}


# --- is it what the slot takes? ---


def check(slot: Slot | None, argument: Argument, at: Path, complaints: Complaints) -> None:
    """Check an argument of one of Django's own classes; expressions are not judged."""
    literal = argument.value if isinstance(argument, Given) else argument
    if slot is None or isinstance(argument, Written):
        return
    kind = KINDS[slot.kind]
    if literal is None and kind.nothing:
        return
    if not kind.fits(literal):
        said = f"'{at[-1]}' takes {kind.takes}, not {found(literal)}"
        complaints.say("E204", said, at, hint=kind.hint(literal) or partial(repair, literal, {kind.wanted}))
    elif kind.inside is not None:
        kind.inside(literal, at, complaints)


def misfit(slot: Slot | None, argument: Argument, value: Any) -> str:
    """Say in words what a slot takes where an expression gives a value of another type; nothing if it fits."""
    kinds: dict[str, tuple[type, ...]] = {
        "bool": (bool,),
        "int": (int,),
        "text": (str, Promise),
        "names": (list, tuple),
        "texts": (list, tuple),
        "ints": (list, tuple),
    }
    if slot is None or slot.kind not in kinds or not isinstance(argument, Written) or value is None:
        return ""
    fits = isinstance(value, kinds[slot.kind]) and (slot.kind != "int" or not isinstance(value, bool))
    if fits and slot.kind == "names":
        fits = all(isinstance(item, str) for item in value)
    return "" if fits else KINDS[slot.kind].takes


@dataclass(frozen=True, slots=True)
class Kind:
    """What literals an argument takes, in words, as a test and as JSON Schema."""

    takes: str
    fits: Callable[[Any], bool]
    json: Json
    inside: Callable[[Any, Path, Complaints], None] | None = None
    nothing: bool = True  # whether null says the same as leaving the argument out
    hint: Callable[[Any], Hint] = lambda value: ""

    @property
    def wanted(self) -> str:
        """What it takes, in the words that hints go by."""
        return "a list" if self.takes.startswith("a list") else self.takes


def items(words: str, *types: type) -> Callable[[Any, Path, Complaints], None]:
    """Give the check of a list's items, which expressions may stand for."""
    takes = is_a(*types, Written)

    def inside(value: Any, at: Path, complaints: Complaints) -> None:
        for index, item in enumerate(value):
            if not takes(item):
                said = f"an item of '{at[-1]}' is {words}, not {found(item)}"
                complaints.say("E204", said, (*at, index), hint=partial(repair, item, {words}))

    return inside


def exclusions(value: Any, at: Path, complaints: Complaints) -> None:
    """Check the expressions of an exclusion constraint."""
    for index, item in enumerate(value):
        if not (isinstance(item, list) and len(item) == 2 and all(isinstance(one, str | Written) for one in item)):
            hint = pasted(["room", "="], "write a field or an expression, and an operator:")
            said = f"an item of 'expressions' is [expression, operator], not {found(item)}"
            complaints.say("E204", said, (*at, index), hint=hint)


def model_name(value: str, at: Path, complaints: Complaints) -> None:
    if value == "self":
        return
    try:
        parse_model(value)
    except NameProblem as problem:
        complaints.say("E206", problem.message, at, hint=problem.hint)


def on_delete_name(value: str, at: Path, complaints: Complaints) -> None:
    since = ON_DELETE_SINCE.get(value)
    if value in ON_DELETE or (since and hasattr(models, value)):
        return
    if since:
        said = f"{value} came with Django {since}, and the installed one is older"
        complaints.say("E311", said, at, hint=f"write '{value.removeprefix('DB_')}', or raise the project's Django")
        return
    bare = value[value.find("SET(") if "SET(" in value else value.rfind(".") + 1 :]
    hint: Hint = f"write '{bare}'" if bare in ON_DELETE else nearest(value, (*ON_DELETE, *ON_DELETE_SINCE))
    if bare.startswith("SET("):
        hint = pasted({"expr": f"models.{bare}"})
    complaints.say("E205", f"'on_delete' is one of {either(ON_DELETE)}, not '{value}'", at, hint=hint)


def pairs(value: Any, at: Path, complaints: Complaints) -> None:
    """Check choices: pairs of a value and a label, or of a group and its pairs."""
    if isinstance(value, dict):
        return
    for index, item in enumerate(value):
        here = (*at, index)
        if isinstance(item, Written):
            continue
        if not isinstance(item, list) or len(item) != 2:
            hint = pasted([item, str(item)]) if isinstance(item, str | int) and not isinstance(item, bool) else ""
            complaints.say("E204", f"an item of 'choices' is [value, label], not {found(item)}", here, hint=hint)
        elif isinstance(item[1], list):
            pairs(item[1], (*here, 1), complaints)
        elif not isinstance(item[1], (str, Written)):
            said = f"the label of a choice is text, not {found(item[1])}"
            complaints.say("E204", said, (*here, 1), hint=partial(repair, item[1], {"text"}))


def expressions_only(value: Any, at: Path, complaints: Complaints) -> None:
    for index, item in enumerate(value):
        if not isinstance(item, Written):
            said = f"an item of '{at[-1]}' is an expression, not {found(item)}"
            complaints.say("E204", said, (*at, index), hint=as_expression(item))


def as_expression(value: Any) -> Hint:
    return pasted({"expr": value}) if isinstance(value, str) else ""


def is_a(*types: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, types) and (bool in types or not isinstance(value, bool))


TEXTS: Final[Json] = {"type": "array", "items": {"type": "string"}}
KINDS: Final = {
    "bool": Kind("true or false", is_a(bool), {"type": "boolean"}, nothing=False),
    "int": Kind("a whole number", is_a(int), {"type": "integer"}),
    "text": Kind("text", is_a(str), {"type": "string"}),
    "path": Kind("text", is_a(str), {"type": "string"}),
    "value": Kind("a literal", lambda value: True, {}),
    "names": Kind("a list of names", is_a(list), TEXTS, items("text", str), nothing=False),
    "mapping": Kind("a mapping", is_a(dict), {"type": "object"}),
    "choices": Kind("a list of [value, label]", is_a(list, dict), {"type": ["array", "object"]}, pairs),
    "callables": Kind("a list", is_a(list), {"type": "array"}, expressions_only),
    "callable": Kind("an expression", lambda value: False, {"type": "object"}, hint=as_expression),
    "model": Kind("the name of a model", is_a(str), {"type": "string"}, model_name, nothing=False),
    "on_delete": Kind("a name", is_a(str), {"enum": [*ON_DELETE, *ON_DELETE_SINCE]}, on_delete_name, nothing=False),
    # Read before they are checked: see schemas.fields.
    "field": Kind("a field", lambda value: True, {"type": ["object", "string"]}, nothing=False),
    "choice": Kind("a name", is_a(str), {"type": "string"}),
    "texts": Kind("a list of text", is_a(list), TEXTS, items("text", str)),
    "ints": Kind(
        "a list of whole numbers",
        is_a(list),
        {"type": "array", "items": {"type": "integer"}},
        items("a whole number", int),
    ),
    "exclusions": Kind("a list of [expression, operator]", is_a(list), {"type": "array"}, exclusions, nothing=False),
    "expressions": Kind("a list of expressions", is_a(list), TEXTS, nothing=False),
    "expression": Kind("an expression", lambda value: False, {"type": "string"}, nothing=False, hint=as_expression),
}


# --- JSON Schema ---

TAGGED: Final[list[Json]] = [
    {"type": "object", "required": ["expr"], "properties": {"expr": {"type": "string"}}, "additionalProperties": False},
    {"type": "object", "required": ["value"], "properties": {"value": {}}, "additionalProperties": False},
]


def json_schema(slot: Slot) -> Json:
    """Give the JSON Schema of an argument."""
    literal = KINDS[slot.kind].json
    if literal == {} or literal.get("type") in ("object", ["object", "string"]):
        return {"description": slot.about, **literal}
    nothing = [{"type": "null"}] if KINDS[slot.kind].nothing else []
    return {"description": slot.about, "anyOf": [literal, *TAGGED, *nothing]}
