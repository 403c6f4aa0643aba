"""The managers of a model as a spec writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models.manager import BaseManager
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from migspec.schemas.arguments import Complaints, Written, pasted, read_bare, resolve
from migspec.schemas.collect import Collected
from migspec.schemas.fields import plain_schema
from migspec.schemas.scope import Scope
from migspec.schemas.wording import found

EXAMPLE = {"objects": "app.managers.HomeManager()"}


@dataclass(frozen=True, slots=True)
class ManagersValue:
    """Managers by name, in their order: the first is the default one. An expression gives each."""

    managers: tuple[tuple[str, Written], ...]

    def build(self, scope: Scope, *at: str | int) -> list[tuple[str, Any]]:
        """Give names and managers as migrations have them; E309, E314 with their place."""
        collected = Collected()
        built = []
        for index, (name, written) in enumerate(self.managers):
            # In a list the expression stands one level deeper.
            place = (*at, name) if not written.at else (*at, index)
            with collected.catching():
                built.append((name, manager(resolve(written, scope, *place), scope, *place, *written.at)))
        collected.throw()
        return built

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return plain_schema(cls, read)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        mapping = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}
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
        elif (written := read_bare(text, at, complaints)) is not None:
            managers.append((name, Written(written.expression, at[1:])))
    complaints.done("managers")
    return ManagersValue(tuple(managers))


def pairs(value: Any, complaints: Complaints) -> list[tuple[str, Any, tuple[str | int, ...]]]:
    """Give name, expression and place of each manager."""
    if isinstance(value, dict):
        return [(name, text, (name,)) for name, text in value.items()]
    if not isinstance(value, list):
        complaints.say("E204", f"managers are a mapping, not {found(value)}", (), hint=pasted(EXAMPLE))
        return []
    given = []
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
