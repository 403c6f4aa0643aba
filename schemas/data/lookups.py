"""The paths of lookups and expressions, checked against the state: every column, transform and lookup is there."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.migrations.state import ModelState

from migspec.dsl.diagnostics import nearest
from migspec.schemas.data.paths import AnyField, PathProblem, Walk, held_fields, primary_key, walk
from migspec.schemas.scope import Scope


def walk_path(path: str, model: ModelState, scope: Scope, *at: str | int, key: bool = False) -> Walk:
    """Follow a path; E302 or E303 where it leads nowhere."""
    try:
        return walk(scope.state, model, path)
    except PathProblem as problem:
        raise scope.error(problem.code, problem.message, *at, hint=problem.hint, key=key) from None


def compared(walked: Walk, scope: Scope, *at: str | int, key: bool = False) -> tuple[AnyField, str]:
    """Give the field that a lookup compares its operand with, and the lookup's name; E303 for an unknown lookup."""
    if walked.held is None:
        keys = primary_key(scope.state, walked.model)
        by_name = held_fields(scope.state, walked.model)
        found: Any = next(held.field for held in by_name.values() if held.field.attname == keys[0])
    else:
        found = walked.held.field
    for index, word in enumerate(walked.rest):
        if index == len(walked.rest) - 1 and found.get_lookup(word) is not None:
            return found, word
        transform = found.get_transform(word)
        if transform is None:
            message, hint = f"'{word}' is not a lookup of '{walked.spelled}'", nearest(word, found.get_lookups())
            if found.get_lookup(word) is not None:
                rest = "__".join(walked.rest[index + 1 :])
                message, hint = (
                    f"the lookup '{word}' is the end of a path, and '{rest}' follows",
                    f"leave out '__{rest}'",
                )
            raise scope.error("E303", message, *at, hint=hint, key=key)
        output = getattr(transform, "output_field", None)
        found = output if isinstance(output, models.Field) else models.JSONField()
    return found, "exact"
