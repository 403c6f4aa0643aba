"""JSON of our own; report.schema.json beside this folder says what is in it."""

from __future__ import annotations

import json
from importlib.metadata import version

from migspec.compiler.reports.report import SEVERITY, Report, about, clean
from migspec.dsl.diagnostics import Diagnostic


def render(report: Report) -> str:
    data = {
        "format": 1,
        "tool": f"migspec {version('migspec')}",
        "command": report.command,
        "files": [clean(file) for file in report.files],
        "summary": {level: sum(one.level == level for one in report.findings) for level in SEVERITY},
        "findings": [listed(finding, fingerprint) for finding, fingerprint in report.fingerprints],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def listed(finding: Diagnostic, fingerprint: str) -> dict[str, str | int]:
    """Give a finding as `$defs/finding` has it."""
    return {
        "code": finding.code,
        "name": about(finding.code).name,
        "level": finding.level,
        "message": clean(finding.message),
        "hint": clean(finding.hint),
        "path": clean(finding.place.file),
        "line": finding.place.line,
        "column": finding.place.column,
        "end_column": finding.place.column + finding.place.width,
        "fingerprint": fingerprint,
    }
