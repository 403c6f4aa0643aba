"""Class attributes that a spec hands through to its migrations, for other tools that read them."""

from __future__ import annotations

from keyword import iskeyword
from typing import Annotated, Any

from django.db.migrations import Migration
from pydantic import AfterValidator, Field

from migspec.dsl.diagnostics import Path
from migspec.schemas.changes import Kind
from migspec.schemas.errors.wording import found
from migspec.schemas.python.arguments import Argument, Complaints, Given, Written, is_literal, plain, read_argument

# The key of a spec that says what Django reads from an attribute.
KEYS = {"dependencies": "after", "run_before": "run_before"}


def read_attributes(written: dict[str, Any]) -> dict[str, Any]:
    """Give the attributes as Python values and expressions; those of one kind of file stand under its name."""
    complaints = Complaints()
    attributes: dict[str, Any] = {}
    for name, value in written.items():
        if name not in set(Kind):
            attributes[name] = read_attribute(name, value, (name,), complaints)
        elif isinstance(value, dict):
            attributes[name] = {key: read_attribute(key, item, (name, key), complaints) for key, item in value.items()}
        else:
            hint = f"write {name}: {{attribute: value}}; it sets attributes of the {name} files"
            complaints.say("E204", f"'{name}' takes a mapping of attributes, not {found(value)}", (name,), hint=hint)
    complaints.done("attributes")
    return attributes


def read_attribute(name: str, value: Any, at: Path, complaints: Complaints) -> Any:
    """Give one attribute's value; what is Django's own and what is no name is refused."""
    if name in {"name", "app_label"} or hasattr(Migration, name):
        hint = f"use the key '{KEYS[name]}'" if name in KEYS else ""
        complaints.say("E205", f"'{name}' of a migration is Django's own", at, hint=hint, key=True)
    elif not (name.isidentifier() and name.isascii()) or iskeyword(name):
        complaints.say("E206", f"'{name}' cannot be the name of a class attribute", at, key=True)
    argument = read_argument(value, at, complaints)
    if isinstance(argument, Written):
        return argument.expression
    if not is_literal(argument):
        hint = 'write the whole value as one: {expr: "[...]"}'
        complaints.say("E204", f"'{name}' is neither a literal nor an expression, but a mixture", at, hint=hint)
    return literal(argument)


def literal(argument: Argument) -> Any:
    match argument:
        case Given():
            return plain(argument.value)
        case list():
            return [literal(item) for item in argument]
        case dict():
            return {key: literal(item) for key, item in argument.items()}
    return plain(argument)


Attributes = Annotated[
    dict[str, Any],
    AfterValidator(read_attributes),
    Field(
        description="Class attributes of the migrations, for other tools that read them: literals, {expr: ...} or"
        " {value: ...}. Under schema, data, cleanup or concurrent stand those of one kind of file.",
        examples=[{"safe": {"expr": "django_safemigrate.Safe.before_deploy()"}}],
    ),
]
