"""SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from migspec.compiler.reports.report import Report, about, clean, said
from migspec.dsl.diagnostics import Diagnostic, Level

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "note"}


def render(report: Report) -> str:
    codes = list(dict.fromkeys(finding.code for finding, _ in report.fingerprints))
    driver = {"name": "migspec", "semanticVersion": version("migspec"), "rules": [rule(code) for code in codes]}
    results = [result(finding, fingerprint, codes.index(finding.code)) for finding, fingerprint in report.fingerprints]
    # Lines and columns count characters, as editors do. A relative URI is one from the root of the repository.
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def rule(code: str) -> dict[str, Any]:
    known = about(code)
    return {
        "id": code,
        "name": known.name,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.text},
        "help": {"text": f"{known.text}\n\nmigspec explain {code}"},
    }


def result(finding: Diagnostic, fingerprint: str, index: int) -> dict[str, Any]:
    place = finding.place
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.column + place.width}
    if place.text:
        region["snippet"] = {"text": clean(place.text)}  # type: ignore[assignment]
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.level],
        "message": {"text": said(finding)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(place.file)}, "region": region}}],
        "partialFingerprints": {"migspec/v1": fingerprint},
    }


def uri(path: str) -> str:
    """Give a path as a URI: relative, or with a scheme where it lies outside of the repository."""
    written = quote(os.fsencode(path))
    # The first part of a relative reference may hold no colon, which quote() has escaped; '//' would begin a host.
    return f"file://{written}" if PurePosixPath(path).is_absolute() else written
