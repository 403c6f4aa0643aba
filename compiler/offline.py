"""What can be said of a spec without the project: how many of its names only the project can confirm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from migspec.compiler.specs import SpecFile
from migspec.dsl.expressions import Expression
from migspec.dsl.names import ElementName, ModelName


def unchecked_references(spec: SpecFile) -> int:
    """Count the models, elements and expressions of the steps that were not looked up."""
    return sum(1 for step in spec.spec.steps for _ in _references(step))


def _references(value: Any) -> Iterator[Any]:
    if isinstance(value, (ModelName, ElementName, Expression)):
        yield value
    elif isinstance(value, BaseModel):
        for name in value.__class__.model_fields:
            yield from _references(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _references(item)
