"""manage.py migspec: the same commands as the console script, in the project that manage.py has set up."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from migspec.compiler import cli
from migspec.compiler.terminal import Terminal


class Command(BaseCommand):
    help = "Compile specs to migration files."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_commands(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        import argparse
        from pathlib import Path

        namespace = argparse.Namespace(**options, start=Path.cwd())
        colour = False if options.get("no_color") else True if options.get("force_color") else None
        # Django's OutputWrapper ends each text with a newline of its own; Terminal wants the stream inside.
        out: Any = getattr(self.stdout, "_out", self.stdout)
        err: Any = getattr(self.stderr, "_out", self.stderr)
        code = cli.run(namespace, Terminal(out, err, colour))
        if code:
            sys.exit(code)
