"""A report: what one run of a command found in which files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from unicodedata import category

from migspec.dsl.codes import CODES
from migspec.dsl.diagnostics import Diagnostic, Level, in_order

SEVERITY: Final[dict[Level, int]] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The findings of a command by file and place, and the files that it looked at.

    Paths are those of the repository: from its root, with forward slashes.
    """

    command: str
    findings: Sequence[Diagnostic]
    files: Sequence[str] = ()

    @property
    def by_severity(self) -> list[Diagnostic]:
        """The findings, errors first: some readers show only the first ten."""
        return sorted(in_order(self.findings), key=lambda finding: SEVERITY[finding.level])

    @property
    def fingerprints(self) -> list[tuple[Diagnostic, str]]:
        """Each finding with what tells it from all others, and stays the same from run to run."""
        seen: dict[str, int] = {}
        found = []
        for finding in in_order(self.findings):
            place = finding.place
            text = "\0".join([place.file, str(place.line), str(place.column), finding.code, finding.message])
            number = seen[text] = seen.get(text, 0) + 1
            found.append((finding, sha256(f"{text}\0{number}".encode(errors="replace")).hexdigest()))
        return found


@dataclass(frozen=True, slots=True)
class About:
    """What a code means."""

    name: str
    title: str
    text: str


def about(code: str) -> About:
    """Look a code up, that of an error or of a lint rule."""
    if code in CODES:
        return About(code, CODES[code], CODES[code])
    from migspec.compiler.lint.rules import find_rule

    rule = find_rule(code)
    text = " ".join((rule.__doc__ or "").split()) if rule else ""
    return About(rule.name, rule.title, text) if rule else About(code, code, code)


def clean(text: str, keep: str = "\n\t") -> str:
    """Replace what no text file should hold: control characters, lone surrogates and the two that are no characters."""
    return "".join(
        c if c in keep or (category(c) not in ("Cc", "Cs") and c not in "\ufffe\uffff") else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def said(finding: Diagnostic) -> str:
    """Give the sentence, and below it the hint."""
    return clean(f"{finding.message}\n{finding.hint}".rstrip("\n"))
