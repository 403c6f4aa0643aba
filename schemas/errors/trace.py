"""Follow a pydantic error to the place in the document that it is about, and to the schema that stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from migspec.dsl.diagnostics import Path

# The last part of the loc of an error about the key of a mapping.
KEY = "[key]"
# Wrappers that hold their inner schema under a key and add nothing to an error's loc.
INNER = {
    "default": "schema",
    "nullable": "schema",
    "model": "schema",
    "definitions": "schema",
    "function-before": "schema",
    "function-after": "schema",
    "function-wrap": "schema",
    "lax-or-strict": "strict_schema",
    "json-or-python": "python_schema",
}
# Keys of a core schema that hold values of other kinds, not schemas.
OPAQUE = {"config", "ctx", "default", "discriminator", "expected", "metadata", "serialization"}


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an error's loc leads."""

    path: Path  # in the document
    schema: dict[str, Any]  # the core schema that stands there, without wrappers
    owner: type[BaseModel] | None  # the innermost model that has the value, or should have it, under one of its keys
    owner_path: Path  # where in the document the owner stands
    unions: tuple[int, ...]  # the indexes in loc that name a member of a union instead of a place
    definitions: dict[str, dict[str, Any]]  # the schemas that `schema` may refer to
    about_key: bool  # whether the error is about the key at `path`, not about its value


def mark_unions(schema: Any) -> None:
    """Label the members of each union in a core schema by their number, so that an error's loc can be followed.

    Pydantic puts the label into the loc. Its own labels are the names of types, which cannot be told from keys of the
    document and do not lead back to the member.
    """
    if isinstance(schema, dict):
        if schema.get("type") == "union":
            members = [choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"]]
            schema["choices"] = [(member, str(number)) for number, member in enumerate(members)]
        for key, value in schema.items():
            if key not in OPAQUE:
                mark_unions(value)
    elif isinstance(schema, list | tuple):
        for item in schema:
            mark_unions(item)


def refuse_null(schema: Any) -> None:
    """Let no key hold null where that would only mean that it is left out: an empty `where:` is a slip."""
    while schema["type"] != "model-fields":
        schema = schema["schema"]
    for field in schema["fields"].values():
        inner = field["schema"]
        if inner["type"] == "default" and inner.get("default", ...) is None and inner["schema"]["type"] == "nullable":
            inner["schema"] = inner["schema"]["schema"]


def trace(root: dict[str, Any], loc: tuple[str | int, ...]) -> Trace:
    """Follow `loc`, from an error against the marked schema `root`, as far as the schema says where it goes."""
    definitions = {definition["ref"]: definition for definition in root.get("definitions", ())}
    path: list[str | int] = []
    unions: list[int] = []
    owner: type[BaseModel] | None = None
    here: type[BaseModel] | None = None
    owner_path: Path = ()
    here_path: Path = ()
    schema = root
    union: dict[str, Any] | None = None
    about_key = loc[-1:] == (KEY,)
    loc = loc[:-1] if about_key else loc
    for index in range(len(loc) + 1):
        schema, models = unwrapped(schema, definitions)
        if models:
            here, here_path = models[-1], tuple(path)
        if index == len(loc):
            break
        part, member = loc[index], None
        if schema["type"] == "union":
            unions.append(index)
            if str(part).isdecimal():
                member = schema["choices"][int(part)][0]
        elif schema["type"] == "tagged-union":
            union, member = schema, schema["choices"].get(part)
        else:
            owner, owner_path = here, here_path
            union = None
            path.append(part)
            last = index == len(loc) - 1
            member = (
                schema.get("keys_schema") if about_key and last and schema["type"] == "dict" else below(schema, part)
            )
        if member is None:  # nothing is known about what stands here: an unknown key, or a validator's own loc
            path += loc[index + 1 :]
            schema = {"type": "any"}
            break
        schema = member
    if union is not None and schema["type"] not in ("union", "tagged-union"):
        schema = union  # a value of none of its forms
    return Trace(tuple(path), schema, owner, owner_path, tuple(unions), definitions, about_key)


def unwrapped(
    schema: dict[str, Any], definitions: dict[str, dict[str, Any]]
) -> tuple[dict[str, Any], list[type[BaseModel]]]:
    """Take the wrappers off a schema; give what is inside, and the models among the wrappers."""
    models = []
    while True:
        kind = schema["type"]
        if kind == "model":
            models.append(schema["cls"])
        if kind == "definition-ref":
            schema = definitions[schema["schema_ref"]]
        elif kind == "chain":
            schema = schema["steps"][0]
        elif kind in INNER:
            schema = schema[INNER[kind]]
        else:
            return schema, models


def below(schema: dict[str, Any], part: str | int) -> dict[str, Any] | None:
    """Give the schema of the member `part` of a mapping or a list, if it is known."""
    match schema["type"]:
        case "model-fields" | "typed-dict" if part in (fields := fields_of(schema)):
            found = fields[str(part)]["schema"]
        case "list" | "set" | "frozenset":
            found = schema.get("items_schema")
        case "tuple":
            items = schema["items_schema"]
            found = items[min(int(part), len(items) - 1)]
        case "dict":
            found = schema.get("values_schema")
        case _:
            found = None
    return found if found is None else dict(found)


def fields_of(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the fields of a mapping's schema by the keys of the document."""
    return {field.get("validation_alias", name): field for name, field in schema.get("fields", {}).items()}
