"""Write the migration files of every spec that is not compiled, or say which files are not as their specs say."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from pathlib import Path

from migspec.compiler.commands.common import add_settings, add_specs, chosen_paths, config_of, other_specs
from migspec.compiler.compile import Outcome, compile_specs
from migspec.compiler.config import Config, shown
from migspec.compiler.files.max_migration import max_migration_files
from migspec.compiler.files.survey import Status, Survey
from migspec.compiler.files.write import write_files
from migspec.compiler.history import compiled, own_folders
from migspec.compiler.project import load_project
from migspec.compiler.reports.publish import add_format, is_machine_read, publish
from migspec.compiler.specs import read_specs
from migspec.compiler.terminal import Terminal, plural
from migspec.dsl.diagnostics import Diagnostic, Place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)
    add_format(parser)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not as its spec says")
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    parser.add_argument("--dry-run", action="store_true", help="write nothing; list what would be written")
    parser.add_argument("--force", action="store_true", help="overwrite edited files and files that others build on")
    parser.add_argument("--prune", metavar="NAME", help="remove a spec and the files compiled from it")
    if not any("-v" in action.option_strings for action in parser._actions):
        parser.add_argument("-v", "--verbosity", type=int, choices=(0, 1, 2, 3), default=1, help="how much is printed")


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    config = config_of(options)
    if is_machine_read(options) and not options.check:
        terminal.complain("--format is for --check: what is written needs no report")
        return 2
    if options.prune:
        from migspec.compiler.commands.prune import prune

        return prune(options, config, terminal)
    paths = chosen_paths(options.specs, config, options.start)
    load_project(config, options.settings)
    known = compiled(own_folders(config.root).values())
    specs = read_specs(paths, config.root, known)
    others = other_specs(specs, config, known) if options.specs else []
    progress = terminal.progress("spec")
    only_check = options.check and not options.diff
    outcome = compile_specs(
        specs, config, others=others, force=options.force, planning=not only_check, progress=progress
    )
    if options.diff:
        _show_diff(outcome, config, terminal)
    if options.check:
        return _check(outcome.surveys, config, options, terminal)
    if not outcome.files and not outcome.remove:
        if options.verbosity:
            terminal.say(f"{plural(len(specs), 'spec')}: every file is as its spec says.")
        terminal.findings(outcome.warnings)
        return 0
    if not (options.diff or options.dry_run):
        files = {file.path: file.text for file in outcome.files}
        write_files(files | max_migration_files(outcome), [file.path for file in outcome.remove])
    if options.verbosity and not options.diff:
        _report(outcome, config, terminal, options)
    terminal.findings(outcome.warnings)
    from migspec.compiler.drift import drift

    terminal.findings(drift(outcome))
    return 0


def _report(outcome: Outcome, config: Config, terminal: Terminal, options: argparse.Namespace) -> None:
    texts = {file.key: file for file in outcome.files}
    for planned in outcome.plans:
        terminal.say(planned.spec.shown, "bold")
        for planned_file in planned.files:
            file = texts.get(planned_file.key)
            if file is None:  # it is there, and fresh
                continue
            terminal.say(f"  {shown(file.path, config.root)}", "cyan")
            for line in planned_file.descriptions:
                terminal.say(f"    {line}")
            if options.verbosity > 2:
                terminal.say(file.text)
    would = "would be " if options.dry_run else ""
    terminal.say(f"{plural(len(outcome.files), 'file')} {would}written.")
    if outcome.remove:
        terminal.say(f"{plural(len(outcome.remove), 'file')} {would}removed:")
        for old in outcome.remove:
            terminal.say(f"  {shown(old.path, config.root)}")
    _say_what_to_unapply(outcome, terminal)


def _say_what_to_unapply(outcome: Outcome, terminal: Terminal) -> None:
    """Files that were there may have been applied: say how to go back before the new ones run."""
    for found in outcome.surveys:
        if not found.having(Status.STALE, Status.EDITED, Status.MISPLACED, Status.ORPHAN):
            continue
        planned = next(planned for planned in outcome.plans if planned.spec is found.spec)
        app_label = found.spec.app
        first = next(file for file in planned.files if file.key[0] == app_label)
        before = [name for app, name in first.code.dependencies if app == app_label]
        terminal.say(
            f"Where the old files of {found.spec.shown} have been applied, unapply them with the old code first: "
            f"python manage.py migrate {app_label} {before[0] if before else 'zero'}",
            "yellow",
        )


def _check(surveys: Sequence[Survey], config: Config, options: argparse.Namespace, terminal: Terminal) -> int:
    findings: list[tuple[str, str]] = []  # the path of a file, and what is to be said of it
    for found in surveys:
        for file, status in found.files:
            if status is not Status.FRESH:
                findings.append((shown(file.path, config.root), f"{status} ({found.spec.shown})"))
        if found.missing:
            which = f"file {', '.join(map(str, found.missing))} of " if found.files else "the files of "
            findings.append((found.spec.shown, f"missing: {which}this spec"))
    if is_machine_read(options):
        said = [Diagnostic("E605", text, Place(path), "run 'migspec compile'") for path, text in findings]
        publish(options, terminal, said, [found.spec.shown for found in surveys], config.root)
    for path, text in findings:
        if is_machine_read(options):
            terminal.complain(f"{path}: {text}", "")
        else:
            terminal.say(f"{path}: {text}")
    if findings:
        terminal.complain("The migration files are not as the specs say; run 'migspec compile'.", "bold")
        return 1
    if not is_machine_read(options):
        terminal.say(f"{plural(len(surveys), 'spec')}: every file is as its spec says.")
    return 0


def _show_diff(outcome: Outcome, config: Config, terminal: Terminal) -> None:
    for file in outcome.files:
        _diff(_text(file.path), file.text, shown(file.path, config.root), terminal)
    for old in outcome.remove:
        _diff(_text(old.path), "", shown(old.path, config.root), terminal)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _diff(old: str, new: str, name: str, terminal: Terminal) -> None:
    styles = {"+": "green", "-": "red", "@": "cyan"}
    before = name if old else "/dev/null"
    after = name if new else "/dev/null"
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), before, after, lineterm=""):
        terminal.say(line, styles.get(line[:1], ""))
