"""--fix: put rewritten steps into the places of the old ones; everything else of the file stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migspec.compiler.lint.engine import Finding
from migspec.compiler.lint.writing import replacing, step_range
from migspec.compiler.specs import SpecFile


def first_fixes(findings: Iterable[Finding]) -> dict[SpecFile, dict[int, Finding]]:
    """Give one fix for each step; what else is wrong with it is found again in the new text."""
    chosen: dict[SpecFile, dict[int, Finding]] = {}
    for finding in findings:
        if finding.fixable:
            chosen.setdefault(finding.spec, {}).setdefault(finding.step, finding)
    return chosen


def fixed_text(spec: SpecFile, fixes: dict[int, Finding]) -> str:
    """Give the spec's text with the steps of `fixes` replaced."""
    lines = list(spec.source.lines)
    for index, finding in sorted(fixes.items(), reverse=True):
        first, end = step_range(spec, index)
        lines[first:end] = indented(replacing(spec, index, finding.instead), lines[first])
    return "\n".join(lines)


def indented(lines: Sequence[str], like: str) -> list[str]:
    blank = like[: len(like) - len(like.lstrip())]
    return [blank + line if line else "" for line in lines]
