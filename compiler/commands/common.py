"""What several commands share: the arguments that name specs and settings, and reading them."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from migspec.compiler.config import Config, find_specs, load_config, shown
from migspec.compiler.specs import Compiled, SpecFile, read_specs
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, nearest


def add_specs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("specs", nargs="*", metavar="SPEC", help="spec files; without any, all of the project")


def add_settings(parser: argparse.ArgumentParser) -> None:
    if not any("--settings" in action.option_strings for action in parser._actions):
        parser.add_argument("--settings", help="the Django settings module")


def config_of(options: argparse.Namespace) -> Config:
    return load_config(options.start)


def chosen_paths(names: Sequence[str], config: Config, start: Path, *, anywhere: bool = False) -> list[Path]:
    """Give the spec files that the arguments name; E704, also for one outside the project unless `anywhere`."""
    if not names:
        return find_specs(config)
    found: list[Path] = []
    problems: list[Diagnostic] = []
    for name in names:
        path = start / name
        if os.path.isfile(path):  # noqa: PTH113 (says no to a name that is too long, too)
            path = path.resolve()
            if anywhere or path.is_relative_to(config.root):
                found.append(path)
            else:
                hint = f"specs lie below {config.root.name}/, in folders named '{config.specs}'"
                problems.append(Diagnostic("E704", "the spec lies outside the project", Place(name), hint))
            continue
        known = find_specs(config)
        matching = [spec for spec in known if spec.stem == name]
        if os.path.isdir(path):  # noqa: PTH112
            matching = [spec for spec in known if spec.is_relative_to(path.resolve())]
        found += matching
        if not matching:
            hint = nearest(name, [*(spec.stem for spec in known), *(shown(spec, config.root) for spec in known)])
            problems.append(Diagnostic("E704", f"there is no spec '{name}'", Place(name), hint))
    if problems:
        raise SpecError(*problems)
    return list(dict.fromkeys(found))


def chosen_specs(options: argparse.Namespace, config: Config, *, anywhere: bool = False) -> list[SpecFile]:
    return read_specs(chosen_paths(options.specs, config, options.start, anywhere=anywhere), config.root)


def other_specs(chosen: Sequence[SpecFile], config: Config, compiled: Compiled = ()) -> list[SpecFile]:
    """Give the project's specs that were not chosen, but for those that cannot be read: they are not asked about."""
    paths = {spec.path for spec in chosen}
    found: list[SpecFile] = []
    for path in find_specs(config):
        if path.resolve() not in paths:
            with contextlib.suppress(SpecError):
                found += read_specs([path], config.root, compiled)
    return found
