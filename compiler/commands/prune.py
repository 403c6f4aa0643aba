"""Remove a spec together with the files compiled from it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from migspec.compiler.commands.common import chosen_paths
from migspec.compiler.config import Config, shown
from migspec.compiler.history import Folder, Generated, History, generated_files, own_folders
from migspec.compiler.project import load_project
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError


def prune(options: argparse.Namespace, config: Config, terminal: Terminal) -> int:
    """Remove the spec called `options.prune`; E601 and E602 as when it is compiled, unless `options.force`."""
    load_project(config, options.settings)
    folders = own_folders(config.root)
    generated = generated_files(folders.values())
    left_behind = {file.head.spec for file in generated}
    by_name = [spec for spec in left_behind if spec.rpartition("/")[2].rpartition(".")[0] == options.prune]
    paths = [config.root / by_name[0]] if by_name else chosen_paths([options.prune], config, options.start)
    names = {shown(path, config.root) for path in paths}
    files = [file for file in generated if file.head.spec in names]
    if not options.force:
        _refuse(files, folders, config)
    last_first = [file.path for file in sorted(files, key=lambda file: -file.head.number)]
    for path in [*last_first, *(path for path in paths if path.exists())]:
        path.unlink()
        terminal.say(f"{shown(path, config.root)} removed.")
    return 0


def _refuse(files: Sequence[Generated], folders: Mapping[str, Folder], config: Config) -> None:
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
    skipped: dict[str, set[str]] = {}
    for file in files:
        skipped.setdefault(folders[file.key[0]].package, set()).add(file.key[1])
    keys = {file.key for file in files}
    for key, migration in sorted(History(config.root, skipped).waiting.items()):
        if any(dependency in keys for dependency in migration.dependencies):
            message = f"{key[0]}.{key[1]} builds on the files of this spec"
            problems.append(Diagnostic("E602", message, Place(files[0].head.spec), "remove or change it first"))
    if problems:
        raise SpecError(*problems)
