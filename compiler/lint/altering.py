"""The schema changes that rules look for, with the models and fields that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState

from migspec.compiler.lint.rule import Judged
from migspec.schemas.changes import SchemaChange
from migspec.schemas.data.paths import AnyField, bound

Kind = TypeVar("Kind", bound=Operation)


def in_database(judged: Judged, kind: type[Kind]) -> Iterator[tuple[Kind, ModelState]]:
    """Give the operations of a class that reach the database, each with its model, where its table is an old one."""
    for change in judged.changes:
        if isinstance(change, SchemaChange) and isinstance(change.operation, kind) and change.side != "state":
            name = getattr(change.operation, "model_name_lower", None) or getattr(
                change.operation, "name_lower", getattr(change.operation, "old_name_lower", "")
            )
            model = judged.scope.state.models.get((change.app_label, str(name)))
            if model is not None and judged.made.is_old(model):
                yield change.operation, model


@dataclass(frozen=True, slots=True)
class Altered:
    """A field before and after an alter_field, both with name and column set."""

    model: ModelState
    name: str
    old: AnyField
    new: AnyField


def altered(judged: Judged) -> Iterator[Altered]:
    """Give the fields of old tables that a step alters; columns that the spec has made are among them."""
    from django.db.migrations.operations import AlterField

    for operation, model in in_database(judged, AlterField):
        old = model.fields.get(operation.name)
        if old is not None:
            yield Altered(
                model,
                operation.name,
                bound(model, operation.name, old),
                bound(model, operation.name, operation.field),
            )
