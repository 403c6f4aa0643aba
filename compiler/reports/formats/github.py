"""Annotations of GitHub Actions: workflow commands, one a line, errors first: the first ten of a kind count."""

from __future__ import annotations

from typing import Final

from migspec.compiler.reports.report import Report, about, clean, said
from migspec.dsl.diagnostics import Diagnostic, Level

KINDS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    return "".join(f"{command(finding)}\n" for finding in report.by_severity)


def command(finding: Diagnostic) -> str:
    place, name = finding.place, about(finding.code).name
    properties = {
        "file": place.file,
        "line": str(place.line),
        "col": str(place.column),
        "endColumn": str(place.column + place.width),
        "title": finding.code if name == finding.code else f"{finding.code} {name}",
    }
    given = ",".join(f"{key}={escaped_property(value)}" for key, value in properties.items())
    return f"::{KINDS[finding.level]} {given}::{escaped(said(finding))}"


def escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    return escaped(clean(text)).replace(":", "%3A").replace(",", "%2C")
