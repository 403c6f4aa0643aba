"""Begin a spec: a file with the head that fits the app's last migration; or one that drops what a spec has kept."""

from __future__ import annotations

import argparse
from pathlib import Path, PurePath

from migspec.compiler.commands.common import add_settings, chosen_paths, config_of, other_specs
from migspec.compiler.config import Config, shown
from migspec.compiler.specs import read_specs
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
    parser.add_argument("app", nargs="?", help="label of the app")
    parser.add_argument("name", nargs="?", help="name of the spec; its files are called after it")
    parser.add_argument("--toml", action="store_true", help="write TOML instead of YAML")
    parser.add_argument(
        "--discard", metavar="SPEC", help="write the spec that drops what the keep_old steps of SPEC saved"
    )
    add_settings(parser)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    if options.discard and not options.app:
        return discard(options, terminal)
    if options.discard or not options.name:
        hint = "migspec new APP NAME, or: migspec new --discard SPEC"
        raise SpecError(
            Diagnostic("E704", "'new' takes an app and a name, or --discard and a spec", Place("new"), hint)
        )
    from django.apps import apps

    from migspec.compiler.history import History, own_folders
    from migspec.compiler.project import load_project
    from migspec.schemas.written import spec_name

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
    history = History(config.root, {})
    leaves = history.leaves(options.app)
    quote = '"' if options.toml else ""
    names = [f"{quote}{name}{quote}" for _, name in leaves]
    place = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
    after = f"after{' = ' if options.toml else ': '}{place}\n" if names else ""
    text = (TOML if options.toml else YAML).format(app=options.app, after=after)
    write(path, text, config, terminal)
    return 0


def discard(options: argparse.Namespace, terminal: Terminal) -> int:
    """Write the spec that drops the side tables of another, beside it."""
    from migspec.compiler.commands.rebase import places
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.history import History, generated_files, own_folders
    from migspec.compiler.project import load_project
    from migspec.compiler.side_tables import dropping, kept_tables

    config = config_of(options)
    [spec, *_] = read_specs(chosen_paths([options.discard], config, options.start), config.root)
    load_project(config, options.settings)
    [plan] = plan_specs([spec], config, others=other_specs([spec], config)).plans
    saves = list(kept_tables(plan).values())
    if not saves:
        hint = "only steps with 'keep_old: true' keep something"
        raise SpecError(Diagnostic("E503", "no step of this spec keeps anything", spec.place("steps", key=True), hint))
    by_key = {file.key: file.head.spec for file in generated_files(own_folders(config.root).values())}
    compiled = spec.shown in by_key.values()
    after = places(spec, History(config.root, {}), by_key) if compiled else [spec.name]
    path = spec.path.with_name(f"{spec.name}_discard.{'toml' if options.toml else 'yaml'}")
    write(path, dropping(spec, after, saves, toml=options.toml), config, terminal)
    return 0


def write(path: Path, text: str, config: Config, terminal: Terminal) -> None:
    """Write a new spec; E603, and E604 where there is one."""
    if path.exists():
        raise SpecError(
            Diagnostic("E604", "the file is there already", Place(shown(path, config.root)), "choose another name")
        )
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(
            Diagnostic("E603", f"the file cannot be written: {error.strerror}", Place(shown(path, config.root)))
        ) from None
    terminal.say(f"{shown(path, config.root)} written.")
