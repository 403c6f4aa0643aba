"""Show what a spec becomes: the files, their operations, and how each data step comes back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from migspec.compiler.commands.common import (
    add_settings,
    add_specs,
    chosen_paths,
    chosen_specs,
    config_of,
    other_specs,
)
from migspec.compiler.planning.plan import SpecPlan
from migspec.compiler.reports.publish import TEXT, from_repository
from migspec.compiler.review.formats import FORMATS
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic

if TYPE_CHECKING:
    from migspec.compiler.compile import Outcome
    from migspec.compiler.config import Config
    from migspec.compiler.review.review import Review
    from migspec.compiler.specs import SpecFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)
    parser.add_argument(
        "--format",
        choices=[TEXT, *FORMATS],
        default=TEXT,
        help="how the plan is printed; markdown fits a comment on a pull request (default: text)",
    )
    parser.add_argument(
        "--against",
        metavar="REV",
        help="only the specs that differ from where the branch left REV, such as origin/main",
    )


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.project import load_project
    from migspec.compiler.side_tables import dropped_tables

    config = config_of(options)
    changed, removed = None, tuple[str, ...]()
    if options.against is not None:
        from migspec.compiler.review.against import changed_specs

        chosen = chosen_paths(options.specs, config, options.start) if options.specs else None
        changed = changed_specs(options.against, config, chosen)
        removed = changed.removed
        if not changed.there:
            return nothing(options, removed, config, terminal)
        # All are planned: where a build makes the files, those of the specs before a changed one are not there.
        options.specs = []
    specs = chosen_specs(options, config)
    load_project(config, options.settings)
    others = other_specs(specs, config) if options.specs else []
    outcome = plan_specs(specs, config, others=others, progress=terminal.progress("spec"))
    every = [*specs, *others]
    if changed is not None:
        specs = [spec for spec in specs if spec.path in changed.there]
        outcome = only(outcome, specs)
    dropped = {table: spec.name for table, spec in dropped_tables(every).items()}
    if options.format != TEXT:
        write(review_of(outcome, specs, config, dropped, options.against or "", removed), options, terminal)
        terminal.findings(outcome.warnings)
        return 0
    for planned in outcome.plans:
        show(planned, dropped, terminal)
    terminal.findings(outcome.warnings)
    return 0


def only(outcome: Outcome, specs: Sequence[SpecFile]) -> Outcome:
    """Give the plans of some specs, and what is said of them."""
    return replace(
        outcome,
        plans=[plan for plan in outcome.plans if plan.spec in specs],
        warnings=[one for one in outcome.warnings if one.place.file in {spec.shown for spec in specs}],
    )


# --- for people at a terminal ---


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


# --- for reviewers and machines ---


def review_of(
    outcome: Outcome,
    specs: Sequence[SpecFile],
    config: Config,
    dropped: Mapping[str, str],
    against: str,
    removed: Sequence[str],
) -> Review:
    """Give the plan with SQL, locks and the findings of lint; SpecError where an allowance names no rule."""
    from migspec.compiler.lint.allowances import check_names
    from migspec.compiler.lint.engine import lint
    from migspec.compiler.lint.selection import read_selection
    from migspec.compiler.project import vendors
    from migspec.compiler.review.gather import gather

    selection = read_selection(config)
    check_names(specs)
    today = date.today()  # noqa: DTZ011 (an allowance ends with the day where lint runs)
    findings = [finding.diagnostic for finding in lint(outcome.plans, selection, today)]
    moved = mover(config.root)
    review = gather(outcome, vendors(config), findings, moved, dropped)
    return replace(review, against=against, removed=[moved(path) for path in removed])


def mover(root: Path) -> Callable[[str], str]:
    """Give what turns a path of the project into one of its repository."""
    above = from_repository(root)
    return lambda file: str(above / file)


def write(review: Review, options: argparse.Namespace, terminal: Terminal) -> None:
    from migspec.compiler.review.formats import render

    terminal.out.write(render(options.format, review))


def nothing(options: argparse.Namespace, removed: Sequence[str], config: Config, terminal: Terminal) -> int:
    """Say that the branch changes no spec that is there."""
    from migspec.compiler.review.review import Review

    if options.format == TEXT:
        terminal.say(f"No spec differs from {options.against}.")
    else:
        moved = mover(config.root)
        write(Review(against=options.against, removed=[moved(path) for path in removed]), options, terminal)
    return 0


def publish_errors(
    options: argparse.Namespace, terminal: Terminal, findings: Sequence[Diagnostic], files: Sequence[str], root: Path
) -> None:
    """Say in the chosen format why there is no plan."""
    from migspec.compiler.review.review import Review

    moved = mover(root)
    errors = [replace(one, place=replace(one.place, file=moved(one.place.file))) for one in findings]
    write(Review(against=options.against or "", errors=errors), options, terminal)
