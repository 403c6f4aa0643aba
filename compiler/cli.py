"""The command line: one argparse definition for `migspec` and for `manage.py migspec`."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from migspec.compiler.config import find_root
from migspec.compiler.reports.publish import is_machine_read, publish
from migspec.compiler.terminal import Terminal, default_terminal, plural
from migspec.dsl.diagnostics import SpecError, in_order

COMMANDS = {
    "new": "begin a spec",
    "validate": "check the specs without a database",
    "lint": "say what the specs do that hurts a running project",
    "explain": "say what a code or a lint rule means",
    "plan": "show the files that the specs become",
    "compile": "write the migration files",
    "verify": "run the specs' own tests on a scratch database",
    "census": "count what the specs would meet in a real database",
    "rebase": "move a spec after the app's last migration",
    "json-schema": "print the JSON Schema of a spec",
}
WRITING = {"new", "compile", "rebase"}
FINDINGS, WRONG_USE = 1, 2
# Errors of the project and its configuration: the command could not do its work at all.
_USAGE_CODES = {"E701", "E702", "E704", "E705", "E706", "E707", "E708", "E709"}


def add_commands(parser: argparse.ArgumentParser, chosen: str | None = None) -> None:
    """Add every command to a parser; its result has `run`, the command's function.

    With `chosen`, only that command's module is imported: the others are there for their names.
    """
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=argparse.ArgumentParser
    )
    for name, help in COMMANDS.items():
        if chosen not in (None, name):
            commands.add_parser(name, help=help)
            continue
        module = importlib.import_module(f"migspec.compiler.commands.{name.replace('-', '_')}")
        command = commands.add_parser(name, help=help, description=module.__doc__)
        module.add_arguments(command)
        errors = getattr(module, "publish_errors", publish)
        command.set_defaults(run=module.run, publish=errors, command=name, writes=name in WRITING)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Run the chosen command; give 0 for clean, 1 for findings, 2 for wrong use."""
    try:
        code: int = options.run(options, terminal)
        return code
    except SpecError as error:
        diagnostics = in_order(error.diagnostics)
        terminal.findings(diagnostics)
        if is_machine_read(options):
            options.publish(options, terminal, diagnostics, [], find_root(options.start.resolve()))
        if any(diagnostic.code in _USAGE_CODES for diagnostic in diagnostics):
            return WRONG_USE
        count = len(diagnostics)
        terminal.complain(f"{plural(count, 'error')}{'; no file was written' if options.writes else ''}.", "bold")
        return FINDINGS
    except (BrokenPipeError, SystemExit):
        raise
    except Exception as error:
        if os.environ.get("MIGSPEC_TRACEBACK"):
            raise
        terminal.complain(f"migspec itself failed, please report it: {type(error).__name__}: {error}")
        terminal.complain("MIGSPEC_TRACEBACK=1 shows where.", "")
        return WRONG_USE


class _Version(argparse.Action):
    """Print the version, which takes as long to look up as many specs to read."""

    def __call__(self, parser: argparse.ArgumentParser, *args: Any) -> None:
        from importlib.metadata import version

        default_terminal().say(f"migspec {version('migspec')}")
        parser.exit()


def parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """Give the parser of the console script; with `chosen`, one that knows only the arguments of that command."""
    made = argparse.ArgumentParser(prog="migspec", description="Compile specs to Django migration files.")
    made.add_argument("--version", action=_Version, nargs=0, help="show program's version number and exit")
    add_commands(made, chosen)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script `migspec`."""
    arguments = sys.argv[1:] if arguments is None else arguments
    chosen = arguments[0] if arguments and arguments[0] in COMMANDS else None
    options = parser(chosen).parse_args(arguments)
    options.start = Path.cwd()
    # Nearly all that a run makes lives until its end: to look for garbage after every 700 objects is work for nothing.
    gc.set_threshold(100_000)
    try:
        return run(options, default_terminal())
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone: `migspec plan | head`
        sys.stderr.close()
        return FINDINGS
    finally:
        gc.freeze()  # the process ends: Python need not look through all there is once more


if __name__ == "__main__":
    sys.exit(main())
