"""Show what a spec becomes: the files, their operations, and how each data step comes back."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from migspec.compiler.commands.common import add_settings, add_specs, chosen_specs, config_of, other_specs
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.project import load_project
    from migspec.compiler.side_tables import dropped_tables

    config = config_of(options)
    specs = chosen_specs(options, config)
    load_project(config, options.settings)
    others = other_specs(specs, config) if options.specs else []
    outcome = plan_specs(specs, config, others=others, progress=terminal.progress("spec"))
    dropped = {table: spec.name for table, spec in dropped_tables([*specs, *others]).items()}
    for planned in outcome.plans:
        show(planned, dropped, terminal)
    terminal.findings(outcome.warnings)
    return 0


def show(planned: SpecPlan, dropped: Mapping[str, str], terminal: Terminal) -> None:
    """Print one plan; `dropped` are the side tables that specs drop, and by which."""
    from migspec.compiler.side_tables import tables_of

    terminal.say(planned.spec.shown, "bold")
    for file in planned.files:
        atomic = "" if all(piece.atomic for piece in file.code.pieces) else ", not one transaction"
        terminal.say(f"  {file.key[0]}.{file.key[1]} ({file.kind}{atomic})", "cyan")
        after = [f"{app}.{name}" for app, name in file.code.dependencies]
        after += [f"settings.{name}" for name in file.code.swappable]
        terminal.say(f"    after {', '.join(after) if after else 'nothing'}")
        for unit in file.units:
            terminal.say(f"    {unit.description}")
            for table in tables_of(unit):
                if table in dropped:
                    terminal.say(f"      irreversible from {dropped[table]} on, which drops what is kept in {table}")
                else:
                    terminal.say(f"      kept in {table} until: migspec new --discard {planned.spec.name}")
