"""The reference of the command, from its argparse definition."""

from __future__ import annotations

import argparse
from functools import partial

from migspec.compiler.cli import COMMANDS, add_commands
from migspec.compiler.docs.reference.markdown import fence, table

HEAD = """\
# The command

`migspec` and, with `"migspec.compiler"` in `INSTALLED_APPS`, `python manage.py migspec` are the same command. It finds
the settings through `--settings`, `DJANGO_SETTINGS_MODULE` or [pyproject.toml](../configuration.md).

Exit codes are 0 for clean, 1 for findings and 2 for wrong use. `MIGSPEC_TRACEBACK=1` shows where migspec itself failed.

"""


def command_page() -> str:
    """Give the page: what `--help` says of every command."""
    rows = [(f"[`migspec {name}`](#{name})", help) for name, help in COMMANDS.items()]
    return HEAD + table(("command", "what it does"), rows) + "".join(map(section, COMMANDS))


def section(name: str) -> str:
    parser = argparse.ArgumentParser(prog="migspec", formatter_class=partial(argparse.HelpFormatter, width=100))
    add_commands(parser, name)
    command = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices[name]
    command.formatter_class = partial(argparse.HelpFormatter, width=100)
    return f"\n## {name} {{ #{name} }}\n\n{fence(command.format_help(), 'text')}"
