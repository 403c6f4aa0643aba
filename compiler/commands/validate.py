"""Say what is wrong in the specs, without writing anything and without a database."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from migspec.compiler.commands.common import add_settings, add_specs, chosen_specs, config_of, other_specs
from migspec.compiler.specs import SpecFile
from migspec.compiler.terminal import Terminal, plural
from migspec.dsl.diagnostics import Diagnostic, SpecError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)
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
        terminal.say(
            f"{plural(len(specs), 'spec')}, no errors; {plural(references, 'reference')} not checked (offline)."
        )
        return 0
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.project import load_project

    load_project(config, options.settings)
    others = other_specs(specs, config) if options.specs else []
    _, warnings, _ = plan_specs(specs, config, others=others, progress=terminal.progress("spec"))
    terminal.findings(warnings)
    terminal.say(f"{plural(len(specs), 'spec')}, no errors.")
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
