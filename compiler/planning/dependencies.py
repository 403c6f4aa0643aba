"""Which migrations a file must depend on: for what it mentions, the earliest that gives it the shape used."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db.migrations import operations
from django.db.migrations.operations.base import Operation

from migspec.compiler.history import History, Key
from migspec.schemas.changes import Touch

Providers = dict[tuple[str, str], Key]  # (model in lower case, field or "") -> migration


def providers(history: History, included: frozenset[Key], app_label: str) -> Providers:
    """Give for each model and field of an app the migration that gave it its present shape."""
    found: Providers = {}
    for key in history.order:
        if key[0] == app_label and key in included:
            for operation in state_operations(history.migration(key).operations):
                _apply(operation, key, found)
    return found


def state_operations(of: Iterable[Operation]) -> Iterator[Operation]:
    """Give the operations that change the state, those inside others too."""
    for operation in of:
        if isinstance(operation, (operations.SeparateDatabaseAndState, operations.RunSQL)):
            yield from state_operations(operation.state_operations)
        else:
            yield operation


def _apply(operation: Operation, key: Key, found: Providers) -> None:
    match operation:
        case operations.CreateModel():
            found[operation.name_lower, ""] = key
            for name, _ in operation.fields:
                found[operation.name_lower, name] = key
        case operations.RenameModel():
            for model, name in list(found):
                if model == operation.old_name_lower:
                    found[operation.new_name_lower, name] = found.pop((model, name))
            found[operation.new_name_lower, ""] = key
        case operations.DeleteModel():
            for model, name in list(found):
                if model == operation.name_lower:
                    del found[model, name]
        case operations.AddField() | operations.AlterField():
            found[operation.model_name_lower, operation.name] = key
        case operations.RenameField():
            found.pop((operation.model_name_lower, operation.old_name), None)
            found[operation.model_name_lower, operation.new_name] = key
        case operations.RemoveField():
            found.pop((operation.model_name_lower, operation.name), None)


def needed(history: History, included: frozenset[Key], touches: Iterable[Touch]) -> tuple[set[Key], set[str]]:
    """Give the migrations that what is touched comes from, and the settings whose swappable models are touched."""
    keys: set[Key] = set()
    settings: set[str] = set()
    cache: dict[str, Providers] = {}
    for touch in touches:
        if not touch.model:
            continue
        if touch.app_label not in cache:
            cache[touch.app_label] = providers(history, included, touch.app_label)
        known = cache[touch.app_label]
        swappable = apps.get_swappable_settings_name(f"{touch.app_label}.{touch.model}")
        if swappable:
            settings.add(swappable)
        created = known.get((touch.model, ""))
        if created is not None:
            shaped = known.get((touch.model, touch.name), created)
            keys |= {key for key in {created, shaped} if not (swappable and _is_first(history, key))}
        elif touch.app_label in history.loader.unmigrated_apps:
            keys.add((touch.app_label, "__first__"))
    return keys, settings


def _is_first(history: History, key: Key) -> bool:
    """Whether a swappable_dependency, which means the app's first migration, covers this one."""
    return not any(parent.key[0] == key[0] for parent in history.loader.graph.node_map[key].parents)


def without_implied(history: History, keys: Iterable[Key], by: Iterable[Key]) -> set[Key]:
    """Leave out what another of the dependencies, or one of `by`, depends on already."""
    wanted = set(keys)
    nodes = history.loader.graph.node_map
    there = {key for key in wanted | set(by) if key in nodes}
    implied: set[Key] = set()
    for key in there:
        implied |= history.ancestors([key]) - {key}
    return {key for key in wanted if key not in implied}


def models_in(code: str) -> Iterator[tuple[str, str]]:
    """Give the models that a function's body asks the app registry for: apps.get_model("app", "Model")."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_model":
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            label = ".".join(texts)
            if label.count(".") == 1:
                app_label, _, name = label.partition(".")
                yield app_label, name.lower()
