"""Move a spec to the end of its app's history: rewrite its `after` and compile it again."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath

from migspec.compiler.commands.common import add_settings, chosen_paths, config_of
from migspec.compiler.history import History, Key, by_package, generated_files, own_folders
from migspec.compiler.specs import SpecFile, read_specs
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic, SpecError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("specs", nargs=1, metavar="SPEC", help="the spec to move")
    add_settings(parser)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler.commands import compile as compile_command
    from migspec.compiler.project import load_project

    config = config_of(options)
    [spec] = read_specs(chosen_paths(options.specs, config, options.start), config.root)
    load_project(config, options.settings)
    folders = own_folders(config.root)
    generated = generated_files(folders.values())
    own = [file for file in generated if file.head.spec == spec.shown]
    history = History(config.root, by_package(own, folders))
    _refuse(spec, {file.key for file in own}, history)
    by_key = {file.key: file.head.spec for file in generated if (config.root / file.head.spec).is_file()}
    after = places(spec, history, by_key)
    text = with_after(spec, after)
    if text == spec.source.text:
        terminal.say(f"{spec.shown} comes last already.")
    else:
        spec.path.write_text(text, encoding="utf-8")
        terminal.say(f"{spec.shown}: after {', '.join(after)}")
    namespace = argparse.Namespace(
        **{
            **vars(options),
            "check": False,
            "format": "text",
            "diff": False,
            "dry_run": False,
            "force": False,
            "prune": None,
            "verbosity": 1,
        }
    )
    namespace.specs = [str(spec.path)]
    try:
        return compile_command.run(namespace, terminal)
    except SpecError:
        spec.path.write_text(spec.source.text, encoding="utf-8")
        raise


def _refuse(spec: SpecFile, own: Collection[Key], history: History) -> None:
    """E602 where something builds on the spec's files: it cannot come last."""
    problems = [
        Diagnostic(
            "E602", f"{key[0]}.{key[1]} builds on the files of this spec", spec.place("after"), "move that first"
        )
        for key, migration in sorted(history.waiting.items())
        if any(dependency in own for dependency in migration.dependencies)
    ]
    if problems:
        raise SpecError(*problems)


def places(spec: SpecFile, history: History, specs: Mapping[Key, str]) -> list[str]:
    """Give the new entries of `after`: for each app that it names the leaf, or the spec in `specs` that made it."""
    found: dict[str, None] = {}
    for app_label, name in spec.after or [(spec.app, "")]:
        leaves: Sequence[Key] = history.leaves(app_label)
        new = leaves[-1][1] if leaves else name
        if leaves and leaves[-1] in specs:
            new = PurePath(specs[leaves[-1]]).stem
        found[new if app_label == spec.app else f"{app_label}.{new}"] = None
    return list(found)


def with_after(spec: SpecFile, after: Sequence[str]) -> str:
    """Give the spec's text with another `after`; nothing else of it changes."""
    toml = spec.source.format == "toml"
    quoted = [f'"{entry}"' for entry in after] if toml else list(after)
    value = quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"
    line = f"after{' = ' if toml else ': '}{value}"
    lines = spec.source.text.split("\n")
    if not spec.after:
        at = spec.place("app").line
        return "\n".join([*lines[:at], line, *lines[at:]])
    start = spec.place("after", key=True).line - 1
    end = start + 1
    # The value may be a list over several lines: it ends before the next key at the left margin.
    while end < len(lines) and (lines[end].startswith((" ", "\t", "-", "]")) and lines[end].strip()):
        end += 1
    comment = lines[start].partition(" #")[2] if end == start + 1 else ""
    return "\n".join([*lines[:start], line + (f"  #{comment}" if comment else ""), *lines[end:]])
