"""Every step kind, found by walking this folder: a module is a verb, its class the verb in CamelCase."""

from __future__ import annotations

import textwrap
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Discriminator, Tag
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


# iter_modules sorts by name, so that everything derived from the folder has one order.
STEPS: dict[str, type[Step]] = {module.name: step_class(module.name) for module in iter_modules(__path__)}


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


def union(base: type[Step]) -> Any:
    """Give the union of the step kinds under `base`, told apart by the verb key."""
    kinds = [Annotated[kind, Tag(verb)] for verb, kind in STEPS.items() if issubclass(kind, base)]
    return Annotated[Union[tuple(kinds)], Discriminator(verb_of)]  # noqa: UP007 (the members are not known before)


if TYPE_CHECKING:
    AnyStep = Step
    AnyDataStep = DataStep
    AnySchemaStep = SchemaStep
else:
    AnyStep = TypeAliasType("AnyStep", union(Step))
    AnyDataStep = TypeAliasType("AnyDataStep", union(DataStep))
    AnySchemaStep = TypeAliasType("AnySchemaStep", union(SchemaStep))
