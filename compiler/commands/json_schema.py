"""Print the JSON Schema of a spec, for editors and other tools."""

from __future__ import annotations

import argparse

from migspec.compiler.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no arguments."""


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    import json

    from migspec.schemas.json_schema import json_schema

    terminal.say(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0
