"""Say what a lint rule or an error code means, and how it is done well; without a name, list them all."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING

from migspec.compiler.terminal import Terminal

if TYPE_CHECKING:
    from migspec.compiler.explanations import Explanation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="E202, MIG101 or drop-field")


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler import explanations
    from migspec.compiler.lint.rules import all_rules
    from migspec.dsl.codes import CODES

    if options.code is None:
        for code, title in CODES.items():
            terminal.say(f"{code}    {title}")
        for rule in all_rules().values():
            terminal.say(f"{rule.code}  {rule.name}: {rule.title}")
        return 0
    found = explanations.explain(options.code)
    if found is None:
        hint = explanations.nearest_word(options.code)
        terminal.complain(f"there is no code or rule '{options.code}'" + (f"; {hint}" if hint else ""))
        return 2
    show(found, terminal)
    return 0


def show(found: Explanation, terminal: Terminal) -> None:
    terminal.say(f"{found.code} {found.name} ({found.level})" if found.name else f"{found.code} {found.title}", "bold")
    terminal.say(found.meaning)
    if found.where:
        terminal.say(f"\n{found.where}")
    for block in found.blocks:
        terminal.say(f"\n{block.heading}", "bold")
        terminal.say(textwrap.indent(block.text, "  "))
    terminal.say("\nThe way out" if not found.name else "", "bold")
    terminal.say(found.way_out)
