"""Say what the specs do that hurts a project that is running: locks, code of the last release, rows that are lost."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from migspec.compiler.commands.common import add_settings, add_specs, chosen_specs, config_of, other_specs
from migspec.compiler.reports.publish import add_format, is_machine_read, publish
from migspec.compiler.terminal import Terminal, plural
from migspec.dsl.diagnostics import Level

if TYPE_CHECKING:
    from migspec.compiler.config import Config
    from migspec.compiler.lint.engine import Finding
    from migspec.compiler.specs import SpecFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)
    add_format(parser)
    parser.add_argument("--fix", action="store_true", help="replace steps by their safe form where both mean the same")


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler.project import load_project

    config = config_of(options)
    specs = chosen_specs(options, config)
    load_project(config, options.settings)
    others = other_specs(specs, config) if options.specs else []
    findings = found(specs, others, config, terminal)
    if options.fix:
        specs, fixed = fix(specs, others, findings, config, terminal)
        if fixed:
            terminal.complain(f"{plural(fixed, 'step')} rewritten.", "bold")
            findings = found(specs, others, config, terminal)
    diagnostics = [finding.diagnostic for finding in findings]
    terminal.findings(diagnostics)
    publish(options, terminal, diagnostics, [spec.shown for spec in specs], config.root)
    if is_machine_read(options) and not findings:
        return 0
    return conclude(specs, findings, terminal)


def found(specs: Sequence[SpecFile], others: Sequence[SpecFile], config: Config, terminal: Terminal) -> list[Finding]:
    """Give what lint finds; SpecError with what is wrong in the specs themselves."""
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.lint.allowances import check_names
    from migspec.compiler.lint.engine import lint
    from migspec.compiler.lint.selection import read_selection

    selection = read_selection(config)
    check_names(specs)
    outcome = plan_specs(specs, config, others=others, progress=terminal.progress("spec"))
    return lint(outcome.plans, selection, date.today())  # noqa: DTZ011 (an allowance ends with the day where lint runs)


def fix(
    specs: Sequence[SpecFile],
    others: Sequence[SpecFile],
    findings: Sequence[Finding],
    config: Config,
    terminal: Terminal,
) -> tuple[list[SpecFile], int]:
    """Rewrite steps until nothing mechanical is left; give the specs as they are then, and how many were rewritten."""
    from migspec.compiler.lint.fix import first_fixes, fixed_text
    from migspec.compiler.specs import read_specs

    current, count = list(specs), 0
    while fixes := first_fixes(findings):
        for spec, chosen in fixes.items():
            spec.path.write_text(fixed_text(spec, chosen), encoding="utf-8")
            count += len(chosen)
        current = read_specs([spec.path for spec in specs], config.root)
        findings = found(current, others, config, terminal)
    return current, count


def conclude(specs: Sequence[SpecFile], findings: Sequence[Finding], terminal: Terminal) -> int:
    """Print the last lines; 1 where there is an error among the findings."""
    counts = Counter(finding.diagnostic.level for finding in findings)
    if not counts:
        terminal.say(f"{plural(len(specs), 'spec')}, no findings.")
        return 0
    nouns: dict[Level, str] = {"error": "error", "warning": "warning", "info": "remark"}
    said = ", ".join(plural(counts[level], noun) for level, noun in nouns.items() if counts[level])
    fixable = sum(finding.fixable for finding in findings)
    terminal.complain(f"{said}." + (f" {fixable} can be rewritten by 'migspec lint --fix'." if fixable else ""), "bold")
    rules = [finding.rule.name for finding in findings if finding.rule]
    if rules:
        terminal.complain(
            f"'migspec explain {rules[0]}' says more; on a step that may: "
            f"allow: [{{rule: {rules[0]}, reason: ...}}]",
            "",
        )
    return 1 if counts["error"] else 0
