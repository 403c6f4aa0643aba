"""Say what is wrong in the specs, without writing anything and without a database."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from migspec.compiler.commands.common import add_settings, add_specs, chosen_specs, config_of, other_specs
from migspec.compiler.config import Config
from migspec.compiler.reports.publish import add_format, is_machine_read, publish
from migspec.compiler.specs import SpecFile
from migspec.compiler.terminal import Terminal, plural
from migspec.dsl.diagnostics import Diagnostic, SpecError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)
    add_format(parser)
    parser.add_argument(
        "--offline",
        action="store_true",
        help="import none of the project's code; check what the specs say by themselves",
    )


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    config = config_of(options)
    specs = chosen_specs(options, config, anywhere=options.offline)
    if options.offline:
        references = _check_offline(specs)
        return _conclude(
            f"{plural(len(specs), 'spec')}, no errors; {plural(references, 'reference')} not checked (offline).",
            [],
            specs,
            config,
            options,
            terminal,
        )
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.project import load_project

    load_project(config, options.settings)
    others = other_specs(specs, config) if options.specs else []
    outcome = plan_specs(specs, config, others=others, progress=terminal.progress("spec"))
    return _conclude(f"{plural(len(specs), 'spec')}, no errors.", outcome.warnings, specs, config, options, terminal)


def _conclude(
    said: str,
    warnings: Sequence[Diagnostic],
    specs: Sequence[SpecFile],
    config: Config,
    options: argparse.Namespace,
    terminal: Terminal,
) -> int:
    terminal.findings(warnings)
    if is_machine_read(options):
        publish(options, terminal, warnings, [spec.shown for spec in specs], config.root)
    else:
        terminal.say(said)
    return 0


def _check_offline(specs: Sequence[SpecFile]) -> int:
    """Give how many references were not checked; SpecError with what the specs contradict."""
    from migspec.compiler.offline import check_offline

    problems: list[Diagnostic] = []
    references = 0
    for spec in specs:
        try:
            references += check_offline(spec)
        except SpecError as error:
            problems += error.diagnostics
    if problems:
        raise SpecError(*problems)
    return references
