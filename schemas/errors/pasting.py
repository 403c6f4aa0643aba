"""Hints that show what to paste into a spec, in the format of that spec."""

from __future__ import annotations

from typing import Any

from migspec.schemas.errors.complaint import Hint
from migspec.schemas.errors.wording import inline, line

Line = tuple[str, Any]  # a key and its value; an Ellipsis in it is for the author to fill in


def line_hint(key: str, value: Any, before: str = "add") -> Hint:
    """Show one line."""
    return lambda format: f"{before} {line(key, value, format)}"


def value_hint(value: Any, before: str = "write") -> Hint:
    """Show a value."""
    return lambda format: f"{before} {inline(value, format)}"


def lines_hint(*lines: Line, before: str) -> Hint:
    """Show lines of which the author chooses one."""
    return lambda format: "\n".join([before, *(line(key, value, format) for key, value in lines)])


# What an author may write where a step has no reverse.
GIVING_UP: tuple[Line, ...] = (
    ("reverse", {"irreversible": "why it cannot come back"}),
    ("reverse", {"noop": "why it may stay"}),
)
