"""Show what a spec becomes: the files, their operations, and how each data step comes back."""

from __future__ import annotations

import argparse

from migspec.compiler.commands.common import add_settings, add_specs, chosen_specs, config_of, other_specs
from migspec.compiler.plan import SpecPlan
from migspec.compiler.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.project import load_project

    config = config_of(options)
    specs = chosen_specs(options, config)
    load_project(config, options.settings)
    others = other_specs(specs, config) if options.specs else []
    plans, warnings, _ = plan_specs(specs, config, others=others, progress=terminal.progress("spec"))
    for planned in plans:
        show(planned, terminal)
    terminal.findings(warnings)
    return 0


def show(planned: SpecPlan, terminal: Terminal) -> None:
    """Print one plan."""
    terminal.say(planned.spec.shown, "bold")
    for file in planned.files:
        atomic = "" if all(piece.atomic for piece in file.code.pieces) else ", not one transaction"
        terminal.say(f"  {file.key[0]}.{file.key[1]} ({file.kind}{atomic})", "cyan")
        after = [f"{app}.{name}" for app, name in file.code.dependencies]
        after += [f"settings.{name}" for name in file.code.swappable]
        terminal.say(f"    after {', '.join(after) if after else 'nothing'}")
        for line in file.descriptions:
            terminal.say(f"    {line}")
