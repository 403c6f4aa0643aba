"""The managers of a model as a spec writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models.manager import BaseManager
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from migspec.dsl.diagnostics import Path
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.wording import found
from migspec.schemas.fields.field import plain_schema
from migspec.schemas.python.arguments import Complaints, Written, pasted, read_expression, resolve
from migspec.schemas.python.slots import TAGGED
from migspec.schemas.scope import Scope

EXAMPLE = {"objects": "app.managers.HomeManager()"}


@dataclass(frozen=True, slots=True)
class ManagersValue:
    """Managers by name, in their order: the first is the default one. An expression gives each."""

    managers: tuple[tuple[str, Written], ...]

    def build(self, scope: Scope, *at: str | int) -> list[tuple[str, Any]]:
        """Give names and managers as migrations have them; E309, E314 with their place."""
        collected = Collected()
        built = []
        for name, written in self.managers:
            with collected.catching():
                built.append((name, manager(resolve(written, scope, *at), scope, *at, *written.at)))
        collected.throw()
        return built

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return plain_schema(cls, read)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        given = {"anyOf": [{"type": "string", "minLength": 1}, TAGGED[0]]}
        mapping = {"type": "object", "additionalProperties": given}
        pairs = {"type": "array", "items": {**mapping, "minProperties": 1, "maxProperties": 1}}
        about = "Managers by name, in their order; a list of mappings where a reader may not keep it."
        return {"description": about, "anyOf": [mapping, pairs], "examples": [EXAMPLE]}


def read(value: Any) -> ManagersValue:
    """Read the managers; ValidationError with everything that is wrong with them."""
    complaints = Complaints()
    managers: list[tuple[str, Written]] = []
    for name, text, at in pairs(value, complaints):
        if not name.isidentifier():
            complaints.say("E206", f"'{name}' cannot be the name of a manager", at, key=True)
        elif name in [known for known, _ in managers]:
            complaints.say("E305", f"two managers are named '{name}'", at, key=True)
        elif (written := expression(text, at, complaints)) is not None:
            managers.append((name, written))
    complaints.done("managers")
    return ManagersValue(tuple(managers))


def expression(value: Any, at: Path, complaints: Complaints) -> Written | None:
    """Read an expression, bare or as {expr: ...}; its own `at` leads to it from the managers."""
    if isinstance(value, dict) and set(value) == {"expr"}:
        value, at = value["expr"], (*at, "expr")
    written = read_expression(value, at, complaints)
    return written and Written(written.expression, at)


def pairs(value: Any, complaints: Complaints) -> list[tuple[str, Any, Path]]:
    """Give name, expression and place of each manager."""
    if isinstance(value, dict):
        return [(name, text, (name,)) for name, text in value.items()]
    if not isinstance(value, list):
        complaints.say("E204", f"managers are a mapping, not {found(value)}", (), hint=pasted(EXAMPLE))
        return []
    given: list[tuple[str, Any, Path]] = []
    for index, item in enumerate(value):
        if isinstance(item, dict) and len(item) == 1:
            given += [(name, text, (index, name)) for name, text in item.items()]
        else:
            complaints.say(
                "E204",
                f"an item of managers is a mapping of one name, not {found(item)}",
                (index,),
                hint=pasted(EXAMPLE),
            )
    return given


def manager(value: Any, scope: Scope, *at: str | int) -> Any:
    if isinstance(value, BaseManager):
        return value
    called = isinstance(value, type) and issubclass(value, BaseManager)
    hint = "call it: add '()'" if called else ""
    raise scope.error(
        "E314", f"this gives {'a class' if called else type(value).__name__}, not a manager", *at, hint=hint
    )
