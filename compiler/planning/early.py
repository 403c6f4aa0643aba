"""Migrations that take away what a data migration of another app uses: what must run before them, and does it.

Django hands out historical models as of the plan, not of the ancestors: where no dependency says otherwise, a later
rename or removal in another app can run before the data migration, whose models then are not what it was written for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.migrations import operations
from django.db.migrations.operations.base import Operation

from migspec.compiler.history import History, Key
from migspec.compiler.planning.dependencies import state_operations
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic

_GET_MODEL = re.compile(r"""get_model\(\s*["'](\w+)(?:\.|["']\s*,\s*["'])(\w+)["']""")


@dataclass(frozen=True, slots=True)
class Taken:
    """A model, or a field of one, that is renamed or removed; in lower case but for the field."""

    app_label: str
    model: str
    field: str = ""

    def __str__(self) -> str:
        return f"{self.app_label}.{self.model}" + (f".{self.field}" if self.field else "")


def users(taken: Collection[Taken], history: History, among: Iterable[Key]) -> set[Key]:
    """Give the data migrations of other apps that use any of what is taken away."""
    if not taken:
        return set()
    apps = {one.app_label for one in taken}
    return {
        key
        for key in among
        if not apps.issubset({key[0]}) and any(one.app_label != key[0] and _uses(history, key, one) for one in taken)
    }


def may_run_too_early(owners: Mapping[Key, SpecFile], history: History) -> list[Diagnostic]:
    """Give a warning (E407) for each migration that takes away what a compiled one uses, and may run before it."""
    takers = [(key, list(_taken_by(key, history))) for key in history.order]
    takers = [(key, taken) for key, taken in takers if taken]
    found = []
    for user, spec in sorted(owners.items()):
        for taker, taken in takers:
            used = next((one for one in taken if taker[0] != user[0] and _uses(history, user, one)), None)
            if used is None or taker in history.ancestors([user]) or user in history.ancestors([taker]):
                continue
            message = f"{taker[0]}.{taker[1]} may run before {user[0]}.{user[1]}, which uses {used}"
            hint = (
                f'add ("{user[0]}", "{user[1]}") to the dependencies of {taker[0]}.{taker[1]},\n'
                f"or add here: run_before: [{taker[0]}.{taker[1]}]"
            )
            place = spec.place("after") if spec.after else spec.place("app")
            found.append(Diagnostic("E407", message, place, hint, level="warning"))
    return found


def _uses(history: History, key: Key, taken: Taken) -> bool:
    """Whether the code of a migration asks for the model, and speaks of the field."""
    if not any(isinstance(operation, operations.RunPython) for operation in history.migration(key).operations):
        return False
    text = history.text(key)
    if not any((app, model.lower()) == (taken.app_label, taken.model) for app, model in _GET_MODEL.findall(text)):
        return False
    return not taken.field or re.search(rf"\b{taken.field}(_id)?\b", text) is not None


def _taken_by(key: Key, history: History) -> Iterator[Taken]:
    for operation in state_operations(history.migration(key).operations):
        yield from taken_by(operation, key[0])


def taken_by(operation: Operation, app_label: str) -> Iterator[Taken]:
    """Give what an operation renames or removes."""
    match operation:
        case operations.RenameModel():
            yield Taken(app_label, operation.old_name_lower)
        case operations.DeleteModel():
            yield Taken(app_label, operation.name_lower)
        case operations.RenameField():
            yield Taken(app_label, operation.model_name_lower, operation.old_name)
        case operations.RemoveField():
            yield Taken(app_label, operation.model_name_lower, operation.name)
