"""Remove a spec together with the files compiled from it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from migspec.compiler.commands.common import chosen_paths
from migspec.compiler.config import Config, shown
from migspec.compiler.files.max_migration import max_migration_after
from migspec.compiler.history import Folder, Generated, History, by_package, generated_files, own_folders
from migspec.compiler.project import load_project
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError


def prune(options: argparse.Namespace, config: Config, terminal: Terminal) -> int:
    """Remove the spec called `options.prune`; E601 and E602 as when it is compiled, unless `options.force`."""
    load_project(config, options.settings)
    folders = own_folders(config.root)
    generated = generated_files(folders.values())
    path = _path(options.prune, generated, config, options.start)
    files = [file for file in generated if file.head.spec == shown(path, config.root)]
    history = History(config.root, by_package(files, folders))
    if not options.force:
        _refuse(files, history, config)
    before = _before(min(files, key=lambda file: file.head.number)) if files else ()
    last_first = [file.path for file in sorted(files, key=lambda file: -file.head.number)]
    would = "would be " if options.dry_run else ""
    for gone in [*last_first, *([path] if path.exists() else [])]:
        if not options.dry_run:
            gone.unlink()
        terminal.say(f"{shown(gone, config.root)} {would}removed.")
    if not options.dry_run:
        for app_label in sorted({file.key[0] for file in files}):
            _keep_right(folders[app_label], history)
    if files:
        terminal.say(
            "Where these files have been applied, unapply them with the old code first: "
            f"python manage.py migrate {' '.join(before)}",
            "yellow",
        )
    return 0


def _before(first: Generated) -> tuple[str, str]:
    """Give the place to migrate back to, as the dependencies of the spec's first file say."""
    app_label = first.key[0]
    text = first.path.read_text(encoding="utf-8", errors="replace")
    found = re.search(rf"""["']{app_label}["'],\s*["'](\w+)["']""", text)
    return app_label, found[1] if found else "zero"


def _keep_right(folder: Folder, history: History) -> None:
    path = folder.path / "max_migration.txt"
    if (text := max_migration_after(path, folder.app_label, history)) is not None:
        path.write_text(text, encoding="utf-8")


def _path(name: str, generated: Sequence[Generated], config: Config, start: Path) -> Path:
    """Give the path of the one spec that is meant, which need not be there any more; E704."""
    left_behind = {config.root / file.head.spec for file in generated if Path(file.head.spec).stem == name}
    try:
        paths = left_behind | set(chosen_paths([name], config, start))
    except SpecError:
        if not left_behind:
            raise
        paths = left_behind
    if len(paths) > 1:
        places = ", ".join(sorted(shown(path, config.root) for path in paths))
        raise SpecError(Diagnostic("E704", f"'{name}' is several specs: {places}", Place(name), "name one by its path"))
    return paths.pop()


def _refuse(files: Sequence[Generated], history: History, config: Config) -> None:
    problems = [
        Diagnostic(
            "E601",
            f"{file.path.name} was changed by hand",
            Place(shown(file.path, config.root)),
            "keep it as an ordinary migration by removing its first lines, or use --force",
        )
        for file in files
        if file.edited
    ]
    keys = {file.key for file in files}
    for key, migration in sorted(history.waiting.items()):
        if any(dependency in keys for dependency in migration.dependencies):
            message = f"{key[0]}.{key[1]} builds on the files of this spec"
            problems.append(Diagnostic("E602", message, Place(files[0].head.spec), "remove or change it first"))
    if problems:
        raise SpecError(*problems)
