"""Say what a lint rule or an error code means, and how it is done well; without a name, list them all."""

from __future__ import annotations

import argparse
import inspect
import textwrap
from typing import TYPE_CHECKING

from migspec.compiler.terminal import Terminal

if TYPE_CHECKING:
    from migspec.compiler.lint.rule import Rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="E202, MIG101 or drop-field")


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler.lint.rules import all_rules, find_rule, rule_words
    from migspec.dsl.codes import CODES
    from migspec.dsl.diagnostics import nearest

    if options.code is None:
        for code, title in CODES.items():
            terminal.say(f"{code}    {title}")
        for rule in all_rules().values():
            terminal.say(f"{rule.code}  {rule.name}: {rule.title}")
        return 0
    word = options.code if "-" in options.code else options.code.upper()
    if word in CODES:
        terminal.say(f"{word} {CODES[word]}", "bold")
        terminal.say(GROUPS[word[:2]])
        return 0
    found = find_rule(word) or find_rule(options.code)
    if found is None:
        hint = nearest(word, [*CODES, *rule_words()])
        terminal.complain(f"there is no code or rule '{options.code}'" + (f"; {hint}" if hint else ""))
        return 2
    say_rule(found, terminal)
    return 0


# What can be said of every error of a group: when it is found.
GROUPS = {
    "E1": "The file as text: found while it is read, also by 'migspec validate --offline'.",
    "E2": "The shape of the spec: found before anything of the project is looked at, also offline.",
    "E3": "The spec against the project: models and fields as they are at the step's place in the history.",
    "E4": "Where the spec stands among the migrations.",
    "E5": "How the spec is rolled back.",
    "E6": "The generated files on disk.",
    "E7": "The project and the command.",
    "E8": "What verify finds when a spec's tests run.",
    "E9": "Lint rules and the allowances of steps.",
}


def say_rule(rule: Rule, terminal: Terminal) -> None:
    from migspec.compiler.lint.rule import EVERY

    terminal.say(f"{rule.code} {rule.name} ({rule.level})", "bold")
    terminal.say(inspect.cleandoc(rule.__doc__ or ""))
    if rule.databases != EVERY:
        terminal.say(f"\nWhere one of these databases is declared: {', '.join(sorted(rule.databases))}.")
    for heading, steps in (("Instead of", rule.bad), ("write", rule.good)):
        terminal.say(f"\n{heading}", "bold")
        terminal.say(textwrap.indent(textwrap.dedent(steps).strip("\n"), "  "))
    terminal.say("\nOr say on the step why it does no harm there:", "bold")
    terminal.say(f"  allow: [{{rule: {rule.name}, reason: ...}}]")
