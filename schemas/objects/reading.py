"""The mapping or string of an index or a constraint, read and checked as far as it can be without the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from migspec.dsl.diagnostics import Path, nearest
from migspec.dsl.expressions import ExpressionProblem, parse
from migspec.dsl.known_names import KNOWN
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.errors.wording import either, found
from migspec.schemas.fields.shorthand import Call
from migspec.schemas.objects.classes import CONSTRAINTS, INDEXES, known_object, object_signature, slot
from migspec.schemas.python.arguments import (
    Argument,
    Complaints,
    Written,
    pasted,
    pasted_line,
    read_argument,
    read_bare,
)
from migspec.schemas.python.slots import check

DEFERRABLE = ("DEFERRED", "IMMEDIATE")
# Without them an index needs no name.
NEED_A_NAME = {
    "expressions": "expressions",
    "condition": "a condition",
    "include": "'include'",
    "opclasses": "'opclasses'",
}
REQUIRED = {
    "CheckConstraint": ("condition", "name"),
    "UniqueConstraint": ("name",),
    "ExclusionConstraint": ("expressions", "name"),
}
EXAMPLES: dict[str, Any] = {
    "condition": "Q(amount__gte=0)",
    "expressions": [["room", "="], ["period", "&&"]],
    "name": "a_name_of_its_own",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """Indexes, or constraints: the words for one, the known classes with their modules, what they are subclasses of."""

    what: str
    known: dict[str, str]
    base: type[Any]
    example: str
    default: str = ""


Parts = tuple[str, dict[str, Argument], Written | None]


def read_object(value: Any, kind: Kind, complaints: Complaints) -> Parts | None:
    """Give class name, arguments and, for a string, the expression; None where there were complaints."""
    if isinstance(value, str):
        return read_string(value, kind, complaints)
    if not isinstance(value, dict):
        said = f"{kind.what} is a mapping or a string as in models.py, not {found(value)}"
        complaints.say("E204", said, (), hint=pasted(kind.example))
        return None
    if "type" not in value and not kind.default:
        hint = pasted_line("type", nearest_class(value, kind))
        complaints.say("E201", f"{kind.what} needs the key 'type'", (), hint=hint)
        return None
    name = class_name(value.get("type", kind.default), ("type",), kind, complaints)
    if name is None:
        return None
    cls = known_object(name) if name in kind.known else None
    arguments: dict[str, Argument] = {}
    for key, item in value.items():
        if key == "type":
            continue
        if cls is not None and key not in object_signature(cls).names:
            message, hint = unknown(key, name, cls)
            complaints.say("E209", message, (key,), hint=hint, key=True)
            continue
        arguments[key] = read_slot(name, key, item, complaints)
    check_missing(name, value, complaints)
    return name, arguments, None


def nearest_class(value: dict[str, Any], kind: Kind) -> str:
    return "CheckConstraint" if "condition" in value and "fields" not in value else list(kind.known)[1]


def class_name(value: Any, at: Path, kind: Kind, complaints: Complaints) -> str | None:
    """Read the class: a known name, or the dotted path of any other."""
    if not isinstance(value, str):
        complaints.say("E204", f"'type' takes the name of a class, not {found(value)}", at)
        return None
    module, _, last = value.rpartition(".")
    if last in kind.known and module in ("", kind.known[last]):
        return last
    if not module or module == "models":
        hint = f"write '{last}'" if last in kind.known else nearest(last, kind.known)
        if last not in kind.known and last in {**CONSTRAINTS, **INDEXES}:
            hint = f"a {last} stands under '{'constraint' if last in CONSTRAINTS else 'index'}'"
        complaints.say(
            "E209",
            f"there is no class '{value}' for {kind.what}",
            at,
            hint=hint or f"it is one of {either(kind.known)}",
        )
        return None
    if not all(part.isidentifier() for part in value.split(".")):
        complaints.say("E206", f"'{value}' is not the name of a class", at, hint=f"write '{next(iter(kind.known))}'")
        return None
    return value


def unknown(key: str, name: str, cls: type[Any]) -> tuple[str, str]:
    """Give message and hint about a key that is no argument of a class."""
    names = object_signature(cls).names
    if key == "check":
        return f"{name} has no argument 'check'", "write 'condition'"
    hint = nearest(key, names) or f"its arguments are {either(names, 'and')}"
    return f"{name} has no argument '{key}'", hint


def read_slot(class_name: str, key: str, value: Any, complaints: Complaints) -> Argument:
    """Read an argument by what its slot takes."""
    taken = slot(class_name, key)
    if taken is None or value is None:
        return read_argument(value, (key,), complaints)
    if taken.kind == "expression":
        return read_bare(value, (key,), complaints)
    if taken.kind == "expressions" and isinstance(value, list):
        return [read_operand(item, (key, index), complaints) for index, item in enumerate(value)]
    argument = read_argument(value, (key,), complaints)
    check(taken, argument, (key,), complaints)
    if key == "deferrable" and isinstance(value, str) and value not in DEFERRABLE:
        hint = nearest(value.rpartition(".")[2], DEFERRABLE)
        complaints.say("E205", f"'deferrable' is {either(DEFERRABLE)}, not '{value}'", (key,), hint=hint)
    return argument


def read_operand(value: Any, at: Path, complaints: Complaints) -> Written | None:
    """Read one expression of an index or a constraint."""
    if isinstance(value, str) and value.removeprefix("-").isidentifier() and value not in KNOWN:
        hint = pasted(f"F('{value}')") if value.isidentifier() else pasted(f"F('{value[1:]}').desc()")
        complaints.say("E207", f"'{value}' is a name, and an expression is meant here", at, hint=hint)
        return None
    return read_bare(value, at, complaints)


def check_missing(class_name: str, value: dict[str, Any], complaints: Complaints) -> None:
    """E201 for what Django demands."""
    for key in REQUIRED.get(class_name, ()):
        if key not in value and not (key == "condition" and "check" in value):
            complaints.say("E201", f"{class_name} needs the key '{key}'", (), hint=pasted_line(key, EXAMPLES[key]))
    if class_name in ("Index", "UniqueConstraint") and not value.get("fields") and not value.get("expressions"):
        said = f"{class_name} needs the key 'fields', or 'expressions'"
        complaints.say("E201", said, (), hint=pasted_line("fields", ["name"]))
    if "name" not in value and class_name not in REQUIRED:
        for key, words in NEED_A_NAME.items():
            if value.get(key):
                said = f"an index with {words} needs the key 'name'"
                complaints.say("E201", said, (), hint=pasted_line("name", EXAMPLES["name"]))
                break


# --- the string as in models.py ---


def read_string(text: str, kind: Kind, complaints: Complaints) -> Parts | None:
    """Read a call of a class of indexes or constraints."""
    try:
        expression = parse(text)
    except ExpressionProblem as problem:
        complaints.add(complaint("E207", problem.message, hint=problem.hint, column=problem.column), text)
        return None
    call = Call.of(expression)
    if call is None:
        said = f"{kind.what} in one string is the call of its class, as in models.py"
        complaints.say("E207", said, (), hint=pasted(kind.example))
        return None
    name = class_name(call.name.removeprefix("models."), (), kind, complaints)
    if name is None:
        return None
    cls = known_object(name) if name in kind.known else None
    for key in call.keywords():
        if cls is not None and key not in object_signature(cls).names:
            message, hint = unknown(key, name, cls)
            complaints.add(complaint("E209", message, hint=hint, column=call.column(key)), text)
    return name, {}, Written(expression, ())
