"""Say what is wrong in the specs, without writing anything and without a database."""

from __future__ import annotations

import argparse

from migspec.compiler.commands.common import add_settings, add_specs, chosen_specs, config_of, other_specs
from migspec.compiler.terminal import Terminal, plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)
    parser.add_argument(
        "--offline", action="store_true", help="import none of the project's code; check what the specs say by themselves"
    )


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    config = config_of(options)
    specs = chosen_specs(options, config, anywhere=options.offline)
    if options.offline:
        from migspec.compiler.offline import unchecked_references

        references = sum(unchecked_references(spec) for spec in specs)
        terminal.say(f"{plural(len(specs), 'spec')}, no errors; {plural(references, 'reference')} not checked (offline).")
        return 0
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.project import load_project

    load_project(config, options.settings)
    others = other_specs(specs, config) if options.specs else []
    _, warnings, _ = plan_specs(specs, config, others=others, progress=terminal.progress("spec"))
    terminal.findings(warnings)
    terminal.say(f"{plural(len(specs), 'spec')}, no errors.")
    return 0
