"""Values and what is expected of them, in the words of a spec's author."""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import EllipsisType
from typing import Any, Literal

from migspec.dsl.diagnostics import Path
from migspec.dsl.source import WrittenFloat
from migspec.schemas.errors.trace import fields_of, unwrapped

# Text that readers of YAML 1.1 take for a truth value.
TRUTH = {
    **dict.fromkeys(("true", "yes", "on", "y"), "true"),
    **dict.fromkeys(("false", "no", "off", "n"), "false"),
}
NAMES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "none": "null",
    "list": "a list",
    "dict": "a mapping",
    "typed-dict": "a mapping",
}


def label(path: Path) -> str:
    """Name the value at a path by its key."""
    if not path:
        return "a spec"
    *before, last = path
    if isinstance(last, str):
        return f"'{last}'"
    keys = [part for part in before if isinstance(part, str)]
    return f"an item of '{keys[-1]}'" if keys else "an item"


def found(value: Any) -> str:
    """Describe a value as it was read."""
    match value:
        case None:
            return "null"
        case True | False:
            return str(value).lower()
        case "":
            return "empty text"
        case str():
            return f"the text '{shortened(value)}'"
        case WrittenFloat():
            return f"the number {value.written}"
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a mapping" if value else "an empty mapping"
    return f"a {type(value).__name__}"


def shortened(text: str, length: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 3] + "..."


def either(words: Iterable[str], last: str = "or") -> str:
    """Join words as prose does: a, b or c."""
    *first, final = dict.fromkeys(words)
    return f"{', '.join(first)} {last} {final}" if first else final


def forms(schema: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> list[str]:
    """Name what a core schema takes, one phrase for each form; nothing for what takes anything or is not known."""
    schema, models = unwrapped(schema, definitions)
    match schema["type"]:
        case "tagged-union":
            members = [form for member in schema["choices"].values() for form in forms(member, definitions)]
            return list(dict.fromkeys(members))
        case "model-fields" if models and hasattr(models[-1], "verb"):
            return ["a step"]
        case "literal":
            return [written(value) for value in schema["expected"] if value is not None]
        case "union":
            return [form for member in schema["choices"] for form in forms(member[0], definitions)]
        case "model-fields":
            required = [name for name, field in fields_of(schema).items() if is_required(field)]
            few = 0 < len(required) < 3
            return ["{" + ", ".join(f"{name}: ..." for name in required) + "}" if few else "a mapping"]
        case kind:
            return [NAMES[kind]] if kind in NAMES else []


def is_required(field: dict[str, Any]) -> bool:
    return bool(field["schema"]["type"] != "default")


def written(value: Any) -> str:
    """Write a choice so that it can be told from prose."""
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def repair(value: Any, wanted: Iterable[str], format: Literal["yaml", "toml"]) -> str:
    """Give a hint that turns the value into one of the wanted forms, where that is only a matter of writing."""
    wanted = set(wanted)
    if value is None:
        return "write a value, or leave the key out"
    if isinstance(value, str) and "true or false" in wanted and value.strip().casefold() in TRUTH:
        return f"write {TRUTH[value.strip().casefold()]}; '{shortened(value)}' is text"
    if isinstance(value, str) and {"a whole number", "a number"} & wanted and is_number(value):
        return f"write {value.strip()} without quotes"
    if isinstance(value, float) and "a whole number" in wanted and value.is_integer():
        return f"write {int(value)}"
    if isinstance(value, bool | int | float) and "text" in wanted <= {"text", "a list", "null"}:
        return f"write it in quotes: {json.dumps(as_written(value))}"
    if wanted - {"{expr: ...}"} == {"a list"}:
        if isinstance(value, dict):
            return "begin each item with '- '" if format == "yaml" else "write a list: [{...}]"
        return f"write a list: [{inline(value, format)}]"
    return ""


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def as_written(value: bool | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.written if isinstance(value, WrittenFloat) else str(value)


def inline(value: Any, format: Literal["yaml", "toml"]) -> str:
    """Write a value on one line of YAML or TOML."""
    match value:
        case dict():
            between = ": " if format == "yaml" else " = "
            return "{" + ", ".join(f"{key}{between}{inline(item, format)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(inline(item, format) for item in value) + "]"
        case bool() | int() | float():
            return as_written(value)
        case None:
            return "null"
        case EllipsisType():  # for the author to fill in
            return "..."
    text = str(value)
    return text if format == "yaml" and is_plain(text) else json.dumps(text, ensure_ascii=False)


def is_plain(text: str) -> bool:
    """Whether YAML reads the text as itself without quotes, everywhere in a flow collection."""
    safe = text.replace("_", "").replace(".", "").replace("-", "")
    return safe.isalnum() and text[0].isalpha() and text.casefold() not in {*TRUTH, "null"}


def line(key: str, value: Any, format: Literal["yaml", "toml"]) -> str:
    """Write a key with its value as it is pasted into a file."""
    return f"{key}: {inline(value, format)}" if format == "yaml" else f"{key} = {inline(value, format)}"
