"""A spec as it was read: its plain data, and the place of every key and value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from migspec.dsl.diagnostics import Path, Place


class WrittenFloat(float):
    """A number with a fraction or an exponent that remembers its digits, so that a decimal is read exactly."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, written: str) -> WrittenFloat:
        number = super().__new__(cls, written)
        number.written = written
        return number

    def __reduce__(self) -> tuple[type[WrittenFloat], tuple[str]]:
        return (WrittenFloat, (self.written,))


# Line, column and width of a token; line and column from 1. What spans lines has the width of its first line.
Mark = tuple[int, int, int]


class Marks(NamedTuple):
    """Where a value stands and, for a container, where its keys and members stand."""

    mark: Mark
    keys: dict[str, Mark] | None = None
    members: dict[str, Marks] | list[Marks] | None = None


@dataclass(frozen=True)
class SourceFile:
    """A spec file: `data` holds only dict, list, str, int, WrittenFloat, bool and None."""

    path: str  # as shown to the user and written into the generated files, relative to the project
    format: Literal["yaml", "toml"]
    text: str  # without a byte order mark, its lines ended by \n
    data: dict[str, Any]
    marks: Marks

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """Give the place of the value at `path`, or of its key; the nearest enclosing place if there is none."""
        marks, mark = self.marks, self.marks.mark
        for index, part in enumerate(path):
            members = marks.members
            last = index == len(path) - 1
            if last and key and marks.keys and part in marks.keys:
                mark = marks.keys[str(part)]
                break
            if isinstance(members, dict) and part in members:
                marks = members[str(part)]
            elif isinstance(members, list) and isinstance(part, int) and part < len(members):
                marks = members[part]
            else:
                break
            mark = marks.mark
        return place_of(self.path, self.lines, mark)


def place_of(path: str, lines: Sequence[str], mark: Mark) -> Place:
    """Give the place of a mark in a file of these lines; beyond its end, the end."""
    line, column, width = mark
    if line > len(lines):
        line, column, width = len(lines), len(lines[-1]) + 1, 1
    return Place(path, line, column, width, lines[line - 1])
