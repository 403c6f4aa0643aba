"""The migrations there are, as Django loads them, and the project's state at any place among them."""

from __future__ import annotations

import importlib.util
import re
import sys
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db.migrations import Migration
from django.db.migrations.exceptions import BadMigrationError, CircularDependencyError, NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.config import shown
from migspec.compiler.files.heads import LONGEST, Head, code_hash, read_head
from migspec.compiler.project import blame, one_line
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError

Key = tuple[str, str]  # app label, name of the migration


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated migration file that is on disk."""

    key: Key
    path: Path
    head: Head
    edited: bool


# --- folders and files ---


@dataclass(frozen=True, slots=True)
class Folder:
    """Where an app keeps its migrations; the folder need not be there yet."""

    app_label: str
    package: str
    path: Path


def folder_of(app_label: str) -> Folder | None:
    """Give an app's migrations folder as MIGRATION_MODULES says; None where that is None."""
    package, _ = MigrationLoader.migrations_module(app_label)
    if package is None:
        return None
    try:
        found = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        found = None
    locations = list(found.submodule_search_locations or ()) if found else []
    if locations:
        return Folder(app_label, package, Path(locations[0]).resolve())
    parent, _, name = package.rpartition(".")
    above = importlib.util.find_spec(parent) if parent else None
    base = next(iter(above.submodule_search_locations or ()), None) if above else None
    return Folder(app_label, package, Path(base or apps.get_app_config(app_label).path).resolve() / name)


def own_folders(root: Path) -> dict[str, Folder]:
    """Give the migrations folder of each app whose migrations lie in the project."""
    folders = (folder_of(config.label) for config in apps.get_app_configs())
    return {
        folder.app_label: folder
        for folder in folders
        if folder and folder.path.is_relative_to(root) and "site-packages" not in folder.path.parts
    }


def generated_files(folders: Iterable[Folder]) -> list[Generated]:
    """Read the heads of the generated files as text, so that a broken one does no harm."""
    return [
        Generated((folder.app_label, path.stem), path, head, _is_edited(path, head))
        for folder in folders
        for path, head in _heads(folder)
    ]


def compiled(folders: Iterable[Folder]) -> set[tuple[str, str]]:
    """Give the specs that the generated files come from: their paths and hashes, as the heads say."""
    return {(head.spec, head.spec_hash) for folder in folders for _, head in _heads(folder)}


def _heads(folder: Folder) -> Iterator[tuple[Path, Head]]:
    for path in sorted(folder.path.glob("*.py")):
        with path.open("rb") as file:
            start = file.read(LONGEST).decode("utf-8", "replace")
        head = read_head(start)
        if head is not None:
            yield path, head


def _is_edited(path: Path, head: Head) -> bool:
    try:
        return code_hash(path.read_text(encoding="utf-8")) != head.code_hash
    except (SyntaxError, ValueError):  # what does not parse was not written by migspec
        return True


def by_package(files: Iterable[Generated], folders: Mapping[str, Folder]) -> dict[str, set[str]]:
    """Give the names of generated files by package, as `History` skips them."""
    names: dict[str, set[str]] = {}
    for file in files:
        names.setdefault(folders[file.key[0]].package, set()).add(file.key[1])
    return names


# --- Django's loader ---


class _Loader(MigrationLoader):
    """Django's loader without a database, blind to the files that are about to be written anew."""

    def __init__(self, skipped: Mapping[str, Collection[str]]) -> None:
        self._skipped = skipped  # names by package
        self.aside: dict[Key, Migration] = {}  # migrations that build on files that are not there yet
        self._read = False
        super().__init__(None, ignore_no_migrations=True)

    def load_disk(self) -> None:
        if self._read:  # build_graph reads the disk again
            return
        self._read = True
        # The loader imports every file of a folder; one that stands in sys.modules is not imported.
        stand_ins = [f"{package}.{name}" for package, names in self._skipped.items() for name in names]
        for dotted in stand_ins:
            stand_in = types.ModuleType(dotted)
            stand_in.Migration = Migration  # type: ignore[attr-defined]
            sys.modules[dotted] = stand_in
        try:
            super().load_disk()
        finally:
            for dotted in stand_ins:
                sys.modules.pop(dotted, None)
        missing = [key for key, found in self.disk_migrations.items() if type(found) is Migration]
        for key in missing:
            del self.disk_migrations[key]
        self._unsquash(missing)
        self._set_aside()

    def _unsquash(self, missing: Collection[Key]) -> None:
        """Take out what stands for files that are about to be written anew, where what else it stands for is there."""
        for key, migration in list(self.disk_migrations.items()):
            replaced = set(migration.replaces)
            if replaced.intersection(missing) and replaced <= self.disk_migrations.keys() | set(missing):
                del self.disk_migrations[key]

    def _set_aside(self) -> None:
        """Take out what depends, directly or not, on a migration that is not there."""
        replaced = {key for migration in self.disk_migrations.values() for key in migration.replaces}
        while True:
            there = set(self.disk_migrations) | replaced
            with_migrations = {app_label for app_label, _ in there}
            waiting = [
                key
                for key, migration in self.disk_migrations.items()
                if not self.satisfied(migration, there, with_migrations)
            ]
            if not waiting:
                return
            for key in waiting:
                self.aside[key] = self.disk_migrations.pop(key)

    def satisfied(self, migration: Migration, there: Collection[Key], with_migrations: Collection[str]) -> bool:
        for app_label, name in [*migration.dependencies, *migration.run_before]:
            if name in ("__first__", "__latest__"):
                if app_label in self.migrated_apps and app_label not in with_migrations:
                    return False
            elif (app_label, name) not in there:
                return False
        return True


def _place_of_bad(error: Exception, root: Path) -> Place | None:
    """Give the file without a Migration class: Django says its name and its app."""
    match = re.match(r"Migration (\S+) in app (\S+) has no Migration class", str(error))
    folder = folder_of(match[2]) if match and isinstance(error, BadMigrationError) else None
    return Place(shown(folder.path / f"{match[1]}.py", root)) if match and folder else None


class History:
    """The migration graph, growing as specs are planned."""

    def __init__(
        self, root: Path, skipped: Mapping[str, Collection[str]], beginning: Collection[str] = frozenset()
    ) -> None:
        """Load what is on disk, but for `skipped`: names of generated files by package. E703.

        The models of apps without migrations are as models.py has them, but for `beginning`: apps that get migrations
        in this run.
        """
        self.root = root
        self.beginning = beginning
        try:
            self.loader = _Loader(skipped)
        except (BadMigrationError, NodeNotFoundError, CircularDependencyError, ImportError, SyntaxError) as error:
            raise SpecError(self._cannot_load(error)) from None
        except Exception as error:  # a migration file may raise anything while it is imported
            raise SpecError(self._cannot_load(error)) from None
        self.order: list[Key] = _topological(self.loader)
        self._texts: dict[Key, str] = {}
        self._base: tuple[frozenset[Key], ProjectState] = frozenset(), self._empty_state()

    def _cannot_load(self, error: Exception) -> Diagnostic:
        message = f"the project's migrations do not load: {type(error).__name__}: {one_line(error)}"
        place = _place_of_bad(error, self.root) or blame(error, self.root, "manage.py")
        return Diagnostic("E703", message, place, "run 'python manage.py showmigrations' for the whole traceback")

    def _empty_state(self) -> ProjectState:
        state = ProjectState()
        for app_label in self.without_migrations:
            for model in apps.get_app_config(app_label).get_models():
                state.add_model(ModelState.from_model(model))
        return state

    @property
    def without_migrations(self) -> list[str]:
        """The apps that have no migrations, and no spec that begins them."""
        return sorted(self.loader.unmigrated_apps - set(self.beginning))

    # --- growing ---

    def add(self, app_label: str, name: str, text: str) -> Migration:
        """Add a planned migration, from the very text that is to be written, and whatever waited for it."""
        folder = folder_of(app_label)
        dotted = f"{folder.package if folder else app_label}.{name}"
        module = types.ModuleType(dotted)
        module.__file__ = f"{name}.py"
        # The text is our own output; executing it proves that it can be imported and gives Django's view of it.
        exec(compile(text, module.__file__, "exec"), module.__dict__)  # noqa: S102
        migration: Migration = module.Migration(name, app_label)
        self._texts[app_label, name] = text
        self._insert((app_label, name), migration)
        self.loader.migrated_apps.add(app_label)
        self.loader.unmigrated_apps.discard(app_label)
        self._admit_waiting()
        if migration.run_before:
            self.order = _topological(self.loader)
        return migration

    def _insert(self, key: Key, migration: Migration) -> None:
        self.loader.disk_migrations[key] = migration
        self.loader.graph.add_node(key, migration)
        self.loader.add_internal_dependencies(key, migration)
        self.loader.add_external_dependencies(key, migration)
        self.order.append(key)

    def _admit_waiting(self) -> None:
        admitted = True
        while admitted:
            there = set(self.loader.disk_migrations)
            labels = {app_label for app_label, _ in there}
            admitted = False
            for key, migration in list(self.loader.aside.items()):
                if self.loader.satisfied(migration, there, labels):
                    self._insert(key, self.loader.aside.pop(key))
                    admitted = True

    # --- asking ---

    @property
    def waiting(self) -> dict[Key, Migration]:
        """Migrations that depend on one that is not there."""
        return self.loader.aside

    def find(self, app_label: str, name: str) -> Key | None:
        """Give the node of a migration; the squashed one where `name` was replaced."""
        if (app_label, name) in self.loader.graph.nodes:
            return app_label, name
        for key, migration in self.loader.replacements.items():
            if (app_label, name) in migration.replaces and key in self.loader.graph.nodes:
                return key
        return None

    def standing(self, keys: Iterable[Key]) -> list[Key]:
        """Give what stands in the graph for each of `keys`: the migration itself, or the squashed one."""
        return list(dict.fromkeys(self.find(*key) or key for key in keys))

    def names(self, app_label: str) -> list[str]:
        return sorted(name for app, name in self.loader.graph.nodes if app == app_label)

    def leaves(self, app_label: str) -> list[Key]:
        """Give the migrations of an app that no other of the app builds on."""
        return sorted(self.loader.graph.leaf_nodes(app_label))

    def ancestors(self, keys: Iterable[Key]) -> set[Key]:
        """Give everything that runs before any of `keys`, and `keys` themselves."""
        found: set[Key] = set()
        pending = list(keys)
        nodes = self.loader.graph.node_map
        while pending:
            key = pending.pop()
            if key not in found:
                found.add(key)
                pending += [parent.key for parent in nodes[key].parents]
        return found

    def included(
        self, after: Collection[Key], written: Collection[str], hidden: Collection[Key] = frozenset()
    ) -> frozenset[Key]:
        """Give what is before a spec: all but what follows its place in the apps that it writes or pins, what is hidden
        and what builds on either."""
        before = self.ancestors(after)
        pinned = set(written) | {app_label for app_label, _ in after}
        later = self.with_descendants(
            key for key in self.order if key not in before and (key[0] in pinned or key in hidden)
        )
        return frozenset(key for key in self.order if key not in later)

    def with_descendants(self, keys: Iterable[Key]) -> set[Key]:
        """Give `keys` and everything that runs after any of them."""
        found = set(keys)
        pending = list(found)
        nodes = self.loader.graph.node_map
        while pending:
            for child in nodes[pending.pop()].children:
                if child.key not in found:
                    found.add(child.key)
                    pending.append(child.key)
        return found

    def state(self, included: frozenset[Key]) -> ProjectState:
        """Give the project's state when exactly `included` have run; the caller may change it."""
        done, state = self._base
        if not done <= included:
            done, state = frozenset(), self._empty_state()
        state = state.clone()
        for key in self.order:
            if key in included and key not in done:
                state = self.loader.graph.nodes[key].mutate_state(state, preserve=False)
        self._base = included, state
        return state.clone()

    def migration(self, key: Key) -> Migration:
        migration: Migration = self.loader.graph.nodes[key]
        return migration

    def text(self, key: Key) -> str:
        """Give the source of a migration; nothing where it has no file."""
        if key not in self._texts:
            found = importlib.util.find_spec(type(self.migration(key)).__module__)
            path = Path(found.origin) if found and found.origin else None
            self._texts[key] = path.read_text(encoding="utf-8", errors="replace") if path and path.is_file() else ""
        return self._texts[key]

    def highest_number(self, app_label: str, keys: Iterable[Key]) -> int:
        """Give the highest number among the ancestors of `keys` in an app; 0 where there is none."""
        from django.db.migrations.autodetector import MigrationAutodetector

        numbers: list[int | None] = [
            MigrationAutodetector.parse_number(name) for app, name in self.ancestors(keys) if app == app_label
        ]
        return max((number for number in numbers if number is not None), default=0)


def _topological(loader: MigrationLoader) -> list[Key]:
    """Give every node after its parents, in an order that depends on the graph alone."""
    graph = loader.graph
    found: list[Key] = []
    seen: set[Key] = set()
    for start in sorted(graph.nodes):
        stack: list[tuple[Key, bool]] = [(start, False)]
        while stack:
            key, expanded = stack.pop()
            if expanded:
                found.append(key)
            elif key not in seen:
                seen.add(key)
                stack.append((key, True))
                parents = sorted((parent.key for parent in graph.node_map[key].parents), reverse=True)
                stack += [(parent, False) for parent in parents if parent not in seen]
    return found


def waiting_for(history: History) -> list[Diagnostic]:
    """Say which migrations of the project still wait for one that is not there: E703."""
    found = []
    for key, migration in sorted(history.waiting.items()):
        missing = [
            f"{app}.{name}"
            for app, name in migration.dependencies
            if (app, name) not in history.loader.disk_migrations and (app, name) not in history.waiting
        ]
        if not missing:  # another that waits is said instead
            continue
        folder = folder_of(key[0])
        name = shown(folder.path / f"{key[1]}.py", history.root) if folder else key[1]
        message = f"{key[0]}.{key[1]} depends on {', '.join(missing)}, which is not there"
        found.append(Diagnostic("E703", message, Place(name), "restore it, or the spec that it was compiled from"))
    return found
