"""One pass over a spec's steps: what each stands for, against the state that the steps before it leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migspec.compiler.project import one_line
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order
from migspec.dsl.names import ElementName, ModelName
from migspec.schemas.changes import Change, PythonChange, SchemaChange, SQLChange
from migspec.schemas.rows import Delete, Insert, Update
from migspec.schemas.scope import Scope
from migspec.schemas.step import Step


@dataclass(frozen=True, slots=True)
class Walked:
    """A step at its place."""

    index: int
    step: Step
    scope: Scope  # its state is the one before the step
    changes: Sequence[Change]
    after: ProjectState


def walk(spec: SpecFile, before: ProjectState, vendors: frozenset[str], warnings: list[Diagnostic]) -> list[Walked]:
    """Give every step with its changes; SpecError with what is wrong in all of them.

    Where a step is wrong, later steps about the same model are not judged: what they miss may be what it would have made.
    """
    state = before
    walked: list[Walked] = []
    problems: list[Diagnostic] = []
    doubtful: set[tuple[str, str]] = set()
    fresh: set[tuple[str, str]] = set()
    filled: set[tuple[str, str]] = set()
    for index, step in enumerate(spec.spec.steps):
        scope = Scope(
            app_label=spec.spec.app,
            state=state,
            vendors=vendors,
            path=("steps", index),
            locate=spec.source.place,
            fresh=frozenset(fresh),
            filled=frozenset(filled),
            warnings=warnings,
        )
        subject = _subject(step, scope)
        try:
            changes = list(step.changes(scope))
            following = _after(state, changes, scope)
        except SpecError as error:
            if subject not in doubtful:
                problems += error.diagnostics
            if subject is not None:
                doubtful.add(subject)
            continue
        fresh |= set(following.models) - set(state.models)
        fresh &= set(following.models)
        filled |= {change.model.lower for change in changes if isinstance(change, (Update, Insert, Delete))}
        if any(isinstance(change, (PythonChange, SQLChange)) for change in changes):
            filled |= fresh
        walked.append(Walked(index, step, scope, changes, following))
        state = following
    if problems:
        raise SpecError(*in_order(problems))
    return walked


def _subject(step: Step, scope: Scope) -> tuple[str, str] | None:
    """Give the model that a step is about, in lower case, without looking it up."""
    about: Any = step.about
    if isinstance(about, ElementName):
        about = about.model
    if not isinstance(about, ModelName):
        return None
    try:
        app_label, name = scope.resolve(about, step.verb)
    except SpecError:
        return None
    return app_label, name.lower()


def _after(state: ProjectState, changes: Sequence[Change], scope: Scope) -> ProjectState:
    """Give the state after the changes; E314 where Django refuses one."""
    operations = [
        (operation, change.app_label)
        for change in changes
        if isinstance(change, (SchemaChange, SQLChange))
        for operation in _state_operations(change)
    ]
    if not operations:
        return state
    following = state.clone()
    for operation, app_label in operations:
        try:
            operation.state_forwards(app_label, following)
        except Exception as error:  # Django says the same thing with many exceptions: KeyError, FieldDoesNotExist, ValueError
            raise scope.error("E314", f"Django refuses this step: {one_line(error) or type(error).__name__}") from None
    return following


def _state_operations(change: SchemaChange | SQLChange) -> Sequence[Operation]:
    if isinstance(change, SQLChange):
        return change.state_operations
    return [] if change.side == "database" else [change.operation]
