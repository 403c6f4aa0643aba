"""Begin a spec: a file with the head that fits the app's last migration, and one step to replace."""

from __future__ import annotations

import argparse
from pathlib import Path, PurePath

from migspec.compiler.commands.common import add_settings, config_of
from migspec.compiler.config import shown
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, nearest

YAML = """\
migspec: 1
app: {app}
{after}
steps: []
"""

TOML = """\
migspec = 1
app = "{app}"
{after}
steps = []
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app", help="label of the app")
    parser.add_argument("name", help="name of the spec; its files are called after it")
    parser.add_argument("--toml", action="store_true", help="write TOML instead of YAML")
    add_settings(parser)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from django.apps import apps

    from migspec.compiler.history import History, own_folders
    from migspec.compiler.project import load_project
    from migspec.schemas.document import spec_name

    config = config_of(options)
    load_project(config, options.settings)
    labels = sorted(own_folders(config.root))
    if options.app not in labels:
        message = f"the project has no app '{options.app}'"
        raise SpecError(
            Diagnostic("E704", message, Place("manage.py"), nearest(options.app, labels) or ", ".join(labels))
        )
    path = (
        Path(apps.get_app_config(options.app).path)
        / config.specs
        / f"{options.name}.{'toml' if options.toml else 'yaml'}"
    )
    if PurePath(options.name).name != options.name:
        hint = "write the name alone; the file goes into the folder of the app"
        raise SpecError(Diagnostic("E211", f"'{options.name}' cannot be a spec's name", Place(options.name), hint))
    spec_name(shown(path, config.root))
    if path.exists():
        raise SpecError(
            Diagnostic("E604", "the file is there already", Place(shown(path, config.root)), "choose another name")
        )
    history = History(config.root, {})
    leaves = history.leaves(options.app)
    quote = '"' if options.toml else ""
    names = [f"{quote}{name}{quote}" for _, name in leaves]
    place = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
    after = f"after{' = ' if options.toml else ': '}{place}\n" if names else ""
    text = (TOML if options.toml else YAML).format(app=options.app, after=after)
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(
            Diagnostic("E603", f"the file cannot be written: {error.strerror}", Place(shown(path, config.root)))
        ) from None
    terminal.say(f"{shown(path, config.root)} written.")
    return 0
