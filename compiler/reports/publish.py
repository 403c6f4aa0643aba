"""--format: a report on stdout; what people read stays on stderr."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from migspec.compiler.reports.formats import FORMATS, render
from migspec.compiler.reports.report import Report
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic

TEXT = "text"


def add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=[TEXT, *FORMATS],
        default=TEXT,
        help="what stdout gets; the findings stay readable on stderr (default: text)",
    )


def is_machine_read(options: argparse.Namespace) -> bool:
    return getattr(options, "format", TEXT) != TEXT


def publish(
    options: argparse.Namespace,
    terminal: Terminal,
    findings: Iterable[Diagnostic],
    files: Sequence[str],
    root: Path,
) -> None:
    """Print the report that was asked for; `files` and the findings' paths are relative to the project's `root`."""
    if not is_machine_read(options):
        return
    above = from_repository(root)

    def path(file: str) -> str:
        return str(above / file)

    moved = [replace(finding, place=replace(finding.place, file=path(finding.place.file))) for finding in findings]
    report = Report(command=options.command, findings=moved, files=[path(file) for file in files])
    terminal.out.write(render(options.format, report))


def from_repository(root: Path) -> PurePosixPath:
    """Give the project's folder as the root of its repository sees it; readers of reports take paths from there."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return PurePosixPath(root.relative_to(folder).as_posix())
    return PurePosixPath()
