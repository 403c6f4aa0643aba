"""What a census gives: for each step the rows that it would write, and what it would meet there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from migspec.compiler.terminal import plural
from migspec.dsl.diagnostics import Place

FIRST = 5  # how many keys or values are shown
LONGEST = 40  # characters of one of them


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is in the way; `fails` is whether this database stops the migration there."""

    code: str
    message: str
    count: int
    values: Sequence[str] = ()  # the first keys or values
    fails: bool = True
    hint: str = ""
    more: bool | None = None  # whether there are more values; worked out where each of those counted is one

    def __str__(self) -> str:
        more = ", ..." if (self.count > len(self.values) if self.more is None else self.more) else ""
        return f"{self.message}: {', '.join(self.values)}{more}" if self.values else self.message


@dataclass(slots=True)
class Part:
    """One change of the rows of one model; `rows` is None where they are not known."""

    model: str
    rows: int | None = None
    of: int | None = None  # all rows of the table
    also: list[str] = field(default_factory=list)  # further rows, in words
    unknown: str = ""  # why they are not known


@dataclass(slots=True)
class Counted:
    """A step with what was counted for it."""

    step: int  # index in the spec's steps
    verb: str
    about: str
    place: Place
    parts: list[Part] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # what could not be looked at, and why
    findings: list[Finding] = field(default_factory=list)
    looked: bool = False  # whether there was something to look at

    @property
    def fails(self) -> bool:
        return any(finding.fails for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """The steps of one spec."""

    spec: str  # path, as shown
    database: str
    vendor: str
    steps: Sequence[Counted]

    @property
    def fails(self) -> bool:
        return any(step.fails for step in self.steps)


def shown(value: Any) -> str:
    """Give a key or a value as a person reads it, on one line, a long one cut."""
    if isinstance(value, tuple) and len(value) == 1:
        return shown(value[0])
    if isinstance(value, tuple | list):
        return f"({', '.join(shown(one) for one in value)})"
    text = repr(value) if isinstance(value, str | bytes | type(None) | dict) else str(value)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def rows_of(count: int) -> str:
    return plural(count, "row")
