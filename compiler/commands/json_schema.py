"""Print the JSON Schema of a spec, for editors and other tools; with --project the one that knows the project."""

from __future__ import annotations

import argparse
from pathlib import Path

from migspec.compiler.commands.common import add_settings, config_of
from migspec.compiler.config import SCHEMA, Config, shown
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--project",
        action="store_true",
        help="with the project's apps, models, fields, indexes and constraints, and the arguments of each field class",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"write it to the file that [tool.migspec] schema names, else to {SCHEMA} beside manage.py",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where that file is not current")
    add_settings(parser)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    config = config_of(options)
    text = project_text(options, config) if options.project else published_text()
    if not (options.write or options.check):
        terminal.say(text.rstrip("\n"))
        return 0
    path = place_of(config)
    name = shown(path, config.root)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        terminal.say(f"{name} is up to date.")
        return 0
    if options.check:
        command = f"migspec json-schema {'--project ' if options.project else ''}--write"
        hint = f"run '{command}'"
        message = "the JSON Schema is another one now" if path.is_file() else "there is no JSON Schema yet"
        raise SpecError(Diagnostic("E605", message, Place(name), hint))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(Diagnostic("E603", f"the file cannot be written: {error.strerror}", Place(name))) from None
    terminal.say(f"{name} written.")
    return 0


def published_text() -> str:
    from migspec.schemas.json_schema import json_schema_text

    return json_schema_text()


def project_text(options: argparse.Namespace, config: Config) -> str:
    from migspec.compiler.editors.names import names_of
    from migspec.compiler.editors.schema import project_schema_text
    from migspec.compiler.history import History, own_folders
    from migspec.compiler.project import load_project

    load_project(config, options.settings)
    history = History(config.root, {})
    return project_schema_text(names_of(history.state(frozenset(history.order)), set(own_folders(config.root))))


def place_of(config: Config) -> Path:
    """Give the file that the configuration names; E702 where it names a URL."""
    named = config.schema or SCHEMA
    if "://" in named:
        message = "'schema' is a URL, and nothing can be written there"
        raise SpecError(
            Diagnostic("E702", message, Place("pyproject.toml"), f"print it: migspec json-schema > {SCHEMA}")
        )
    return config.root / named
