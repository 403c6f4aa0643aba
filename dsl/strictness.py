"""What YAML and TOML have in common: the bounds, the numbers, the words of refusal, and the list of findings."""

from __future__ import annotations

import json
import math
import re
from functools import cached_property
from typing import Final, NoReturn

from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order
from migspec.dsl.source import Mark, WrittenFloat, place_of

LEVELS: Final = 64
BYTES: Final = 4 * 1024 * 1024
NODES: Final = 200_000  # keys and values; the first migration of a large project has 13,000

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"[-+]?0(?:x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)")
_ODD_DIGITS = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9_]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.?(?:inf|nan)", re.IGNORECASE)

_BASES = {"x": 16, "o": 8, "b": 2}
_SHOWN = 60  # of longer text a message shows the beginning

# Python itself refuses to read longer integers; no column holds one of a tenth of it.
_DIGITS = 4300


class Findings:
    """What a reader has found wrong in one text so far. A mark says where; see dsl/source.py."""

    def __init__(self, shown: str, text: str) -> None:
        self.shown = shown
        self.text = text
        self.found: list[Diagnostic] = []

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def add(self, code: str, message: str, mark: Mark, hint: str = "") -> None:
        self.found.append(Diagnostic(code, message, place_of(self.shown, self.lines, mark), hint))

    def stop(self, code: str, message: str, mark: Mark, hint: str = "") -> NoReturn:
        """Add what makes reading on pointless, and raise everything found."""
        self.add(code, message, mark, hint)
        raise SpecError(*in_order(self.found))

    def check(self) -> None:
        """Raise everything found, if anything was."""
        if self.found:
            raise SpecError(*in_order(self.found))

    def repeated(self, key: str, mark: Mark, first: Mark, hint: str = "delete one of the two") -> None:
        self.add("E104", f"the key {named(key)} stands twice, first on line {first[0]}", mark, hint)

    def check_levels(self, levels: int, mark: Mark) -> None:
        if levels > LEVELS:
            self.stop("E107", f"the value is nested more than {LEVELS} levels deep", mark)

    def stop_at_nodes(self, mark: Mark) -> NoReturn:
        hint = "split the spec, or load the rows from a file in run_python"
        self.stop("E107", f"the document has more than {NODES:,} keys and values", mark, hint)

    def number(self, text: str, mark: Mark) -> int | WrittenFloat | None:
        """Give the number that `text` is, None where it is none; a refused one is added, and 0 stands for it."""
        try:
            return number(text)
        except NumberRefused as refusal:
            self.add("E108", refusal.message, mark, refusal.hint)
            return 0


class NumberRefused(ValueError):
    """A number that one reader takes for another number, for text, or for nothing that a column holds."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def number(text: str) -> int | WrittenFloat | None:
    """Give the number that an unquoted value is, None where it is no number.

    Raises NumberRefused for what readers understand differently: `010`, `1_000`, `0x1F`, `.inf`.
    """
    if _INTEGER.fullmatch(text):
        if len(text) > _DIGITS:
            raise NumberRefused(f"an integer of more than {_DIGITS:,} digits", write_quoted(text))
        return int(text)
    if _FRACTION.fullmatch(text):
        value = WrittenFloat(text)
        if math.isinf(value):
            raise NumberRefused(f"{named(text)} is beyond the largest float", write_quoted(text))
        return value
    if _NOT_FINITE.fullmatch(text):
        raise NumberRefused(f"{named(text)} is not a finite number", f"{write_quoted(text)} if it is text")
    if _OTHER_BASE.fullmatch(text) or _ODD_DIGITS.fullmatch(text):
        short = len(text) <= _SHOWN
        hint = f"write {_plainly(text)} for the number, {quoted(text)} for the text" if short else write_quoted(text)
        raise NumberRefused(f"{named(text)} is not the same to every reader", hint)
    return None


def _plainly(text: str) -> str:
    """Write a number of another base, with leading zeros or with underscores as every reader understands it."""
    sign, digits = "-" if text[0] == "-" else "", text.lstrip("+-").replace("_", "")
    if digits[1:2] in _BASES:
        return f"{sign}{int(digits[2:] or '0', _BASES[digits[1]])}"
    return sign + re.sub("^0+(?=[0-9])", "", digits)


def named(text: str) -> str:
    """Give text of the user as a message shows it: quoted, in one line, not endless."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


def quoted(text: str) -> str:
    """Give text in double quotes, as both YAML and TOML read it back."""
    return json.dumps(text, ensure_ascii=False)


def write_quoted(text: str) -> str:
    """Give the hint to put text in quotes."""
    return f"write {quoted(text)}" if len(text) <= _SHOWN else "put it in quotes"
