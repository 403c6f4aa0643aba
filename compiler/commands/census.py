"""Count, by SELECT alone, what the steps of the specs would meet in a real database that is at their place."""

from __future__ import annotations

import argparse

from migspec.compiler.commands.common import add_settings, add_specs, chosen_specs, config_of, other_specs
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import SpecError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)
    parser.add_argument(
        "--database",
        metavar="WHICH",
        default="default",
        help="an alias of DATABASES, or a URL that ends with the name of the database (default: default)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how results are printed")


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler.census.count import count
    from migspec.compiler.census.database import named, reading
    from migspec.compiler.census.place import applied_in, misplaced
    from migspec.compiler.census.report import as_json, text
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.project import load_project

    config = config_of(options)
    specs = chosen_specs(options, config)
    load_project(config, options.settings)
    database = named(options.database)
    others = other_specs(specs, config) if options.specs else []
    outcome = plan_specs(specs, config, others=others)
    with reading(database) as connection:
        applied = applied_in(connection, outcome.history)
        judged = [(planned, misplaced(planned, applied, outcome, database.name)) for planned in outcome.plans]
        wrong = [diagnostic for _, diagnostic in judged if diagnostic is not None]
        # Without a name, those that can be counted are meant.
        if wrong and options.specs:
            raise SpecError(*wrong)
        progress = terminal.progress("spec")
        here = [planned for planned, diagnostic in judged if diagnostic is None]
        censuses = []
        for number, planned in enumerate(here):
            progress(number, len(here), planned.spec.shown)
            censuses.append(count(planned, connection, database.name))
        progress(len(here), len(here), "")
    if options.format == "json":
        terminal.say(as_json(censuses))
    else:
        text(censuses, terminal)
        for diagnostic in wrong:
            terminal.say(f"{diagnostic.place.file} is not counted: {diagnostic.message}", "yellow")
    return 1 if any(census.fails for census in censuses) else 0
