"""Begin a spec: with the head that fits the app's last migration, with what makemigrations would do as its steps, or
with what drops the rows that another spec has kept."""

from __future__ import annotations

import argparse
from pathlib import Path, PurePath

from migspec.compiler.commands.common import add_settings, chosen_paths, config_of, other_specs
from migspec.compiler.config import Config, shown
from migspec.compiler.specs import read_specs
from migspec.compiler.spelling.document import document_text, schema_line
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, nearest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app", nargs="?", help="label of the app")
    parser.add_argument("name", nargs="?", help="name of the spec; its files are called after it")
    parser.add_argument(
        "--from-models",
        action="store_true",
        help="write what makemigrations would do as a spec: for each app with changes, or for APP alone",
    )
    parser.add_argument(
        "--noinput",
        "--no-input",
        action="store_false",
        dest="interactive",
        help="ask nothing, as nothing is asked where stdin is no terminal: what has another name is removed and added",
    )
    parser.add_argument("--toml", action="store_true", help="write TOML instead of YAML")
    parser.add_argument(
        "--discard", metavar="SPEC", help="write the spec that drops what the keep_old steps of SPEC saved"
    )
    add_settings(parser)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    if options.discard and not options.app and not options.from_models:
        return discard(options, terminal)
    if options.discard or not (options.name or options.from_models):
        hint = "migspec new APP NAME, migspec new --from-models [APP [NAME]], or migspec new --discard SPEC"
        message = "'new' takes an app and a name, --from-models, or --discard and a spec"
        raise SpecError(Diagnostic("E704", message, Place("new"), hint))
    from migspec.compiler.history import History, own_folders
    from migspec.compiler.project import load_project

    config = config_of(options)
    load_project(config, options.settings)
    labels = sorted(own_folders(config.root))
    if options.app and options.app not in labels:
        message = f"the project has no app '{options.app}'"
        hint = nearest(options.app, labels) or ", ".join(labels)
        raise SpecError(Diagnostic("E704", message, Place("manage.py"), hint))
    path = place_of(options.app, options.name, config, toml=options.toml) if options.name else None
    if options.from_models:
        from migspec.compiler.from_models.begin import begin

        return begin(options, config, terminal, labels, path)
    assert path is not None
    leaves = History(config.root, {}).leaves(options.app)
    write(path, document_text(path, config, app=options.app, after=[name for _, name in leaves]), config)
    terminal.say(f"{shown(path, config.root)} written.")
    return 0


def place_of(app_label: str, name: str, config: Config, *, toml: bool) -> Path:
    """Give the file of a new spec; E211 where it cannot have the name, E604 where it is there."""
    from django.apps import apps

    from migspec.schemas.written import spec_name

    if PurePath(name).name != name:
        hint = "write the name alone; the file goes into the folder of the app"
        raise SpecError(Diagnostic("E211", f"'{name}' cannot be a spec's name", Place(name), hint))
    path = Path(apps.get_app_config(app_label).path) / config.specs / f"{name}.{'toml' if toml else 'yaml'}"
    spec_name(shown(path, config.root))
    if path.exists():
        raise SpecError(
            Diagnostic("E604", "the file is there already", Place(shown(path, config.root)), "choose another name")
        )
    return path


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
    lines = [f"{line}\n" for line in schema_line(path, config)]
    write(path, "".join([*lines, dropping(spec, after, saves, toml=options.toml)]), config)
    terminal.say(f"{shown(path, config.root)} written.")
    return 0


def write(path: Path, text: str, config: Config) -> None:
    """Write a new spec; E603, and E604 where there is one."""
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SpecError(
            Diagnostic("E604", "the file is there already", Place(shown(path, config.root)), "choose another name")
        ) from None
    except OSError as error:
        raise SpecError(
            Diagnostic("E603", f"the file cannot be written: {error.strerror}", Place(shown(path, config.root)))
        ) from None
