"""A code quality report of GitLab: an array of issues, each with a fingerprint of its own."""

from __future__ import annotations

import json
from typing import Final

from migspec.compiler.reports.report import Report, about, clean
from migspec.dsl.diagnostics import Level

SEVERITIES: Final[dict[Level, str]] = {"error": "major", "warning": "minor", "info": "info"}


def render(report: Report) -> str:
    issues = [
        {
            "description": clean(f"{finding.code} {finding.message}"),
            "check_name": about(finding.code).name,
            "fingerprint": fingerprint,
            "severity": SEVERITIES[finding.level],
            "location": {"path": clean(finding.place.file), "lines": {"begin": finding.place.line}},
        }
        for finding, fingerprint in report.fingerprints
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"
