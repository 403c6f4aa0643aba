"""What was counted, as text for reviewers and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from migspec.compiler.census.finding import Census, Counted, Finding, Part, rows_of
from migspec.compiler.terminal import Terminal, plural
from migspec.dsl.diagnostics import Diagnostic


def text(censuses: Sequence[Census], terminal: Terminal) -> None:
    """Print each step with its rows, and below it what is in the way."""
    for census in censuses:
        where = f"{census.database}: {census.vendor}" if census.vendor not in census.database else census.database
        terminal.say(f"{census.spec} ({where})", "bold")
        width = max((len(str(step.step + 1)) for step in census.steps), default=1)
        for step in census.steps:
            said = summary(step)
            if said:
                terminal.say(
                    f"  {step.step + 1:>{width}}. {f'{step.verb} {step.about}'.rstrip()}: {said}", _colour(step)
                )
            terminal.findings(diagnostic(step, finding) for finding in step.findings)
    failing = sum(census.fails for census in censuses)
    terminal.say(f"{plural(len(censuses), 'spec')} counted, {failing or 'none'} would fail.")


def summary(step: Counted) -> str:
    """Say in a few words what a step would write, or that nothing is in its way; nothing where nobody asked."""
    several = len(step.parts) > 1
    said = [f"{part.model} {_rows(part)}" if several else _rows(part) for part in step.parts]
    if step.looked and not step.unknown and not step.findings:
        said.append("nothing in the way")
    if step.findings:
        said.append("would fail" if step.fails else "a warning")
    return ", ".join([*said, *step.unknown])


def _rows(part: Part) -> str:
    if part.rows is None:
        return part.unknown
    rows = f"{part.rows} of {rows_of(part.of)}" if part.of is not None else rows_of(part.rows)
    return ", ".join([rows, *part.also])


def _colour(step: Counted) -> str:
    return "red" if step.fails else "yellow" if step.findings else ""


def diagnostic(step: Counted, finding: Finding) -> Diagnostic:
    """Give a finding at the place of its step."""
    return Diagnostic(finding.code, str(finding), step.place, finding.hint, "error" if finding.fails else "warning")


def as_json(censuses: Sequence[Census]) -> str:
    data = {
        "version": 1,
        "fails": any(census.fails for census in censuses),
        "specs": [
            {
                "spec": census.spec,
                "database": census.database,
                "vendor": census.vendor,
                "fails": census.fails,
                "steps": [_step(step) for step in census.steps],
            }
            for census in censuses
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _step(step: Counted) -> dict[str, object]:
    return {
        "step": step.step + 1,
        "verb": step.verb,
        "about": step.about,
        "line": step.place.line,
        "rows": [
            {"model": part.model, "rows": part.rows, "of": part.of, "also": part.also, "unknown": part.unknown}
            for part in step.parts
        ],
        "unknown": step.unknown,
        "findings": [
            {
                "code": finding.code,
                "message": finding.message,
                "count": finding.count,
                "values": list(finding.values),
                "fails": finding.fails,
            }
            for finding in step.findings
        ],
    }
