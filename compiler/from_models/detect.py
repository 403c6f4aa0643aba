"""What makemigrations would do, in portions that become specs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from django.apps import apps
from django.core.management.commands.makemigrations import Command
from django.db.migrations import Migration
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState

from migspec.compiler.history import History, Key

Changes = Mapping[str, Sequence[Migration]]


@dataclass(frozen=True, slots=True)
class Portion:
    """Migrations that become one spec: those of an app, or of apps whose new models point at each other."""

    migrations: Sequence[Migration]  # in the order in which they run
    needs: Collection[str]  # other apps with changes that come before

    @property
    def app_label(self) -> str:
        label: str = self.migrations[0].app_label
        return label

    @property
    def labels(self) -> list[str]:
        return list(dict.fromkeys(migration.app_label for migration in self.migrations))

    @property
    def builds_on(self) -> list[str]:
        """The apps, with changes or without, that the migrations depend on."""
        return sorted({app_label for migration in self.migrations for app_label, _ in migration.dependencies})

    @property
    def name(self) -> str:
        """The name that makemigrations gives the first migration, without its number."""
        name: str = self.migrations[0].name
        number, _, rest = name.partition("_")
        return (rest if number.isdigit() and rest else name).lower()


def detect(
    state: ProjectState,
    history: History,
    labels: Collection[str],
    asked: Collection[str],
    questioner: MigrationQuestioner,
) -> Changes:
    """Give the migrations that makemigrations would write for apps; `asked` are those that were named.

    An app without migrations gets its first ones only where it was named.
    """
    before = state.clone()
    for app_label in set(asked) & history.loader.unmigrated_apps:
        for key in [key for key in before.models if key[0] == app_label]:
            before.remove_model(*key)
    detector = Command.autodetector(before, ProjectState.from_apps(apps), questioner)
    found: Changes = detector.changes(
        graph=history.loader.graph, trim_to_apps=set(labels), convert_apps=set(asked) or None
    )
    return found


def portions(changes: Changes) -> list[Portion]:
    """Give the portions of the changes, each after those that it needs."""
    by_key: dict[Key, Migration] = {(one.app_label, one.name): one for many in changes.values() for one in many}
    before = {key: list(_before(migration, by_key)) for key, migration in by_key.items()}
    order = [by_key[key] for key in TopologicalSorter(before).static_order()]
    needed = {label: {app for key in before if key[0] == label for app, _ in before[key]} for label in changes}
    groups: dict[frozenset[str], list[Migration]] = {}
    for migration in order:
        groups.setdefault(_bound(migration.app_label, needed), []).append(migration)
    following = {
        group: [_bound(app, needed) for label in group for app in needed[label] if app not in group] for group in groups
    }
    return [
        Portion(groups[group], sorted({app for label in group for app in needed[label]} - group))
        for group in TopologicalSorter(following).static_order()
    ]


def _before(migration: Migration, by_key: Mapping[Key, Migration]) -> Iterator[Key]:
    """Give the new migrations that one depends on."""
    for app_label, name in migration.dependencies:
        if name == "__first__":
            yield from [key for key in by_key if key[0] == app_label][:1]
        elif (app_label, name) in by_key:
            yield app_label, name


def _bound(label: str, needed: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Give the apps that need each other, as the one that is named does: a portion cannot have one without the rest."""
    return frozenset({label, *(other for other in _reached(label, needed) if label in _reached(other, needed))})


def _reached(label: str, needed: Mapping[str, Collection[str]]) -> set[str]:
    found: set[str] = set()
    pending = [label]
    while pending:
        for other in needed[pending.pop()]:
            if other not in found:
                found.add(other)
                pending.append(other)
    return found
