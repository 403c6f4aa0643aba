"""The types of a spec's keys that hold the name of a model, or of a part of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from migspec.dsl.names import ElementName, ModelName, NameProblem, parse_element, parse_model, parse_object
from migspec.schemas.errors.complaint import complaint


@dataclass(frozen=True, slots=True)
class _Name:
    """Text in a spec, a name in Python. The pattern is for editors: it takes all that `parse` takes, and more."""

    parse: Callable[[str], ModelName | ElementName]
    pattern: str
    description: str
    examples: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self._parsed,
            core_schema.str_schema(strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        about = {"pattern": self.pattern, "description": self.description, "examples": list(self.examples)}
        return {**handler(schema), **about}

    def _parsed(self, text: str) -> ModelName | ElementName:
        try:
            return self.parse(text)
        except NameProblem as problem:
            raise complaint("E206", problem.message, hint=problem.hint) from None


_WORD = r"[^\s.]+"

ModelRef = Annotated[
    ModelName,
    _Name(
        parse_model,
        rf"^({_WORD}\.)?{_WORD}$|^({_WORD}\.)?{_WORD}\.{_WORD}\.through$",
        "A model: `Model`, `app.Model`, `settings.NAME`, or `Article.tags.through` for an automatic join table.",
        ("Home", "accounts.Address", "settings.AUTH_USER_MODEL", "Article.tags.through"),
    ),
]
ElementRef = Annotated[
    ElementName,
    _Name(
        parse_element,
        rf"^({_WORD}\.)?{_WORD}\.{_WORD}$",
        "A field of a model: `Model.field`, `app.Model.field` or `settings.NAME.field`.",
        ("Home.address", "accounts.Address.city", "settings.AUTH_USER_MODEL.email"),
    ),
]
ObjectRef = Annotated[
    ElementName,
    _Name(
        parse_object,
        rf"^({_WORD}\.)?{_WORD}\.[^.]+$",
        "An index or a constraint of a model: `Model.name`, `app.Model.name` or `settings.NAME.name`.",
        ("Home.home_address_idx", "accounts.Address.one_city"),
    ),
]
