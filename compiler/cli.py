"""The command line: one argparse definition for `migspec` and for `manage.py migspec`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from migspec.compiler.terminal import Terminal, default_terminal
from migspec.dsl.diagnostics import SpecError, in_order

COMMANDS = ("new", "validate", "plan", "compile", "rebase", "json-schema")
FINDINGS, WRONG_USE = 1, 2
# Errors of the project and its configuration: the command could not do its work at all.
_USAGE_CODES = {"E701", "E702", "E704"}


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add every command to a parser; its result has `run`, the command's function."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=argparse.ArgumentParser)
    for name in COMMANDS:
        module = importlib.import_module(f"migspec.compiler.commands.{name.replace('-', '_')}")
        command = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Run the chosen command; give 0 for clean, 1 for findings, 2 for wrong use."""
    try:
        code: int = options.run(options, terminal)
        return code
    except SpecError as error:
        diagnostics = in_order(error.diagnostics)
        terminal.findings(diagnostics)
        if any(diagnostic.code in _USAGE_CODES for diagnostic in diagnostics):
            return WRONG_USE
        count = len(diagnostics)
        terminal.complain(f"{count} error{'' if count == 1 else 's'}; no file was written.", "bold")
        return FINDINGS


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script `migspec`."""
    parser = argparse.ArgumentParser(prog="migspec", description="Compile specs to Django migration files.")
    add_commands(parser)
    options = parser.parse_args(arguments)
    options.start = Path.cwd()
    try:
        return run(options, default_terminal())
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone: `migspec plan | head`
        sys.stderr.close()
        return FINDINGS


if __name__ == "__main__":
    sys.exit(main())
