"""One pass over a spec's steps: what each stands for, against the state that the steps before it leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.migrations.operations import AddField, CreateModel, RenameField, RenameModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migspec.compiler.project import one_line
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order
from migspec.dsl.names import ElementName, ModelName
from migspec.schemas.changes import Change, PythonChange, SchemaChange, SQLChange
from migspec.schemas.data.join_tables import join_tables, with_join_tables
from migspec.schemas.data.rows import Delete, Insert, Update
from migspec.schemas.recipe import Recipe, named, within
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep, Step

# Where Django's own operations on the schema are: also where a step names the class, they write no rows.
SCHEMA_OPERATIONS = ("django.db.migrations.operations.fields", "django.db.migrations.operations.models")


@dataclass(frozen=True, slots=True)
class Walked:
    """A step at its place; several may have one index, where a recipe stands for them."""

    index: int  # in the spec's steps
    step: Step
    scope: Scope  # its state is the one before the step
    changes: Sequence[Change]
    after: ProjectState


def walk(spec: SpecFile, before: ProjectState, vendors: frozenset[str], warnings: list[Diagnostic]) -> list[Walked]:
    """Give every step with its changes, for recipes the steps that they stand for; SpecError with all that is wrong.

    Where a schema step is wrong, later steps about the same model are not judged: what they miss may be what it would
    have made.
    """
    state = before
    walked: list[Walked] = []
    problems: list[Diagnostic] = []
    doubtful: set[tuple[str, str]] = set()
    fresh: set[tuple[str, str]] = set()
    filled: set[tuple[str, str]] = set()
    waiting = deque((index, step, "") for index, step in enumerate(spec.spec.steps))
    while waiting:
        index, step, recipe = waiting.popleft()  # the verb of the recipe that stands for the step, if one does
        scope = Scope(
            app_label=spec.spec.app,
            state=with_join_tables(state) if isinstance(step, DataStep) else state,
            vendors=vendors,
            path=("steps", index),
            locate=spec.source.place,
            fresh=frozenset(fresh),
            filled=frozenset(filled),
            coming=frozenset(_coming(spec, index)),
            warnings=warnings,
        )
        scope = within(scope, recipe) if recipe else scope
        subject = _subject(step, scope)
        try:
            if isinstance(step, Recipe):
                waiting.extendleft((index, part, step.verb) for part in reversed(step.steps(scope)))
                continue
            changes = list(step.changes(scope))
            following = state_after(state, changes, scope)
        except SpecError as error:
            if subject not in doubtful:
                problems += named(error, step).diagnostics if recipe else error.diagnostics
            while recipe and waiting and waiting[0][0] == index:
                waiting.popleft()  # the rest of the recipe
            if subject is not None and not isinstance(step, DataStep):  # rows make nothing that a later step misses
                doubtful.add(subject)
            continue
        fresh = _followed(fresh | _created(changes, following), changes) & set(with_join_tables(following).models)
        filled = _followed(filled, changes)
        filled |= {change.model.lower for change in changes if isinstance(change, (Update, Insert, Delete))}
        if any(_is_authors(change) for change in changes):
            filled |= fresh
        walked.append(Walked(index, step, scope, changes, following))
        state = following
    if problems:
        raise SpecError(*in_order(problems))
    return walked


def _created(changes: Sequence[Change], following: ProjectState) -> set[tuple[str, str]]:
    """Give the models whose tables the changes make. A table that only the state learns of may have rows."""
    found: set[tuple[str, str]] = set()
    for change in changes:
        if not isinstance(change, SchemaChange) or change.side != "both":
            continue
        match change.operation:
            case CreateModel(name_lower=name):
                made = (change.app_label, name)
                found |= {made, *(table.key for table in join_tables(following) if table.owner == made)}
            case AddField(model_name_lower=name, name=field):
                own = (change.app_label, name)
                found |= {table.key for table in join_tables(following) if (table.owner, table.field) == (own, field)}
    return found


def _coming(spec: SpecFile, index: int) -> Iterator[tuple[str, str]]:
    """Give the models that later steps create, by app label and class name."""
    for step in spec.spec.steps[index + 1 :]:
        if step.verb == "create_model" and isinstance(step.about, ModelName):
            yield step.about.app_label or spec.app, step.about.model


def _followed(models: set[tuple[str, str]], changes: Sequence[Change]) -> set[tuple[str, str]]:
    """Give the models under the names that they have after the changes."""
    for change in changes:
        if isinstance(change, SchemaChange) and isinstance(change.operation, RenameModel):
            old = (change.app_label, change.operation.old_name_lower)
            if old in models:
                models = models - {old} | {(change.app_label, change.operation.new_name_lower)}
    return models


def _is_authors(change: Change) -> bool:
    """Whether the change is code of the author, which may write rows of any model."""
    if isinstance(change, SchemaChange):
        return change.written is not None and type(change.operation).__module__ not in SCHEMA_OPERATIONS
    return isinstance(change, (PythonChange, SQLChange))


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


def state_after(state: ProjectState, changes: Sequence[Change], scope: Scope) -> ProjectState:
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
    if any(isinstance(operation, RenameField) for operation, _ in operations):
        # Django renames to_field and from_fields inside the fields, which other states and operations hold too.
        for model in following.models.values():
            model.fields = {name: field.clone() for name, field in model.fields.items()}
    for operation, app_label in operations:
        try:
            operation.state_forwards(app_label, following)
        except Exception as error:  # Django says it with many exceptions: KeyError, FieldDoesNotExist, ValueError
            raise scope.error("E314", f"Django refuses this step: {one_line(error) or type(error).__name__}") from None
    return following


def _state_operations(change: SchemaChange | SQLChange) -> Sequence[Operation]:
    if isinstance(change, SQLChange):
        return change.state_operations
    return [] if change.side == "database" else [change.operation]
