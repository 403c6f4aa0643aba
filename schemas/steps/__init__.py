"""Every step kind, found by walking this folder: a module is a verb, its class the verb in CamelCase."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, Union

from pydantic import BaseModel, Discriminator, GetCoreSchemaHandler, Tag
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

from migspec.dsl.read import read_text
from migspec.schemas.step import DataStep, SchemaStep, Step


def step_class(verb: str) -> type[Step]:
    """Import the module of a verb and give its class; TypeError if the module is not what a step kind has to be."""
    module = import_module(f"{__name__}.{verb}")
    wanted = verb.replace("_", "")
    found = [value for name, value in vars(module).items() if name.casefold() == wanted and isinstance(value, type)]
    if not found or not issubclass(found[0], Step):
        name = "".join(word.capitalize() for word in verb.split("_"))
        raise TypeError(f"schemas/steps/{verb}.py has to define class {name}(SchemaStep) or {name}(DataStep)")
    kind: type[Step] = found[0]
    owed = {
        f"a key '{verb}'": verb in kind.model_fields,
        "a docstring": kind.__doc__,
        "an example": getattr(kind, "example", None),
    }
    if missing := [what for what, there in owed.items() if not there]:
        raise TypeError(f"{kind.__name__} in schemas/steps/{verb}.py has to have {' and '.join(missing)}")
    kind.verb = verb
    return kind


class Kinds(Mapping[str, type[Step]]):
    """The step kinds by verb, sorted. A kind is imported when it is asked for: a spec uses few of them."""

    def __init__(self) -> None:
        self._verbs = [module.name for module in iter_modules(__path__)]
        self._found: dict[str, type[Step]] = {}

    def __getitem__(self, verb: str) -> type[Step]:
        if verb not in self._found:
            if verb not in self._verbs:
                raise KeyError(verb)
            self._found[verb] = step_class(verb)
        return self._found[verb]

    def __contains__(self, verb: object) -> bool:
        return verb in self._verbs

    def __iter__(self) -> Iterator[str]:
        return iter(self._verbs)

    def __len__(self) -> int:
        return len(self._verbs)


STEPS = Kinds()


def verb_of(value: Any) -> str | None:
    """Give the verb of a step as it was read, or None if it has none or several."""
    if isinstance(value, Step):
        return value.verb
    verbs = verbs_in(value) if isinstance(value, dict) else []
    return verbs[0] if len(verbs) == 1 else None


def verbs_in(step: dict[str, Any]) -> list[str]:
    """Give the keys of a step that are verbs, but for those that are ordinary keys of another verb of the step."""
    verbs = [key for key in step if key in STEPS]
    return [
        verb for verb in verbs if not any(verb in STEPS[other].model_fields for other in verbs if other != verb)
    ]  # fmt: skip


def example_of(kind: type[Step]) -> dict[str, Any]:
    """Give the example of a step kind as data."""
    return read_text(textwrap.dedent(kind.example).strip("\n"), f"the example of {kind.verb}", "yaml").data


# --- the types of a step ---

BASES: dict[str, Any] = {"AnyStep": Step, "AnyDataStep": DataStep, "AnySchemaStep": SchemaStep}


def step_schema(name: str, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Give what pydantic checks for a type of step.

    Usually that only looks up the step's own class. What is wrong with a step is found by the union of all classes,
    which takes long to build: `describe_all` asks for it.
    """
    if _described:
        return handler.generate_schema(union(BASES[name]))
    base = BASES[name]

    def validated(value: Any) -> Step:
        verb = verb_of(value)
        if verb is None or not issubclass(STEPS[verb], base):
            raise PydanticCustomError("E203", "no step of this kind")
        return STEPS[verb].model_validate(value)

    return core_schema.no_info_plain_validator_function(validated)


@functools.cache
def union(base: type[Step]) -> Any:
    """Give the union of the step kinds under `base`, told apart by the verb key."""
    kinds = [Annotated[kind, Tag(verb)] for verb, kind in STEPS.items() if issubclass(kind, base)]
    members: Any = Union[tuple(kinds)]  # noqa: UP007 (the members are not known before)
    alias: Any = TypeAliasType  # a type checker wants aliases at module level, and the kinds are not known there
    return alias(f"Any{base.__name__}", Annotated[members, Discriminator(verb_of)])


_described = False


def describe_all(document: type[BaseModel]) -> None:
    """Build the document's schema, and those of all that is in it, with every step kind in full."""
    global _described
    if _described:
        return
    _described = True
    models = [document, *STEPS.values()]
    for model in models:
        for name in ("__pydantic_core_schema__", "__pydantic_validator__", "__pydantic_serializer__"):
            if name in model.__dict__:
                delattr(model, name)
    for model in models:
        model.model_rebuild(force=True)
