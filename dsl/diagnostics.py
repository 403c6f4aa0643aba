"""What migspec has to say about a spec: a code, a place, a sentence and a way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal
from unicodedata import category, combining, east_asian_width

from migspec.dsl.codes import CODES

# Where a value stands inside a document: the keys and list indexes that lead to it.
Path = tuple[str | int, ...]
Level = Literal["error", "warning", "info"]

LONGEST_LINE: Final = 160  # of a longer source line only the part around the place is shown
# Control, surrogate and format characters: they would move the caret, or do worse to a terminal.
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one line of one file; line and column count from 1, as editors do."""

    file: str
    line: int = 1
    column: int = 1
    width: int = 1
    text: str = ""  # the whole line, for the caret below it


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `message` states what is; `hint` says what to do, in words that can be pasted."""

    code: str
    message: str
    place: Place
    hint: str = ""
    level: Level = "error"

    def __post_init__(self) -> None:
        if self.code not in CODES and not self.code.startswith("MIG"):  # those of lint rules stand in their files
            raise KeyError(f"{self.code} is not in dsl/codes.py")

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}:{self.place.column} {self.code} {self.message}"


class SpecError(Exception):
    """Everything that one stage found wrong, raised once at its end."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n".join(render(diagnostic) for diagnostic in self.diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort by file, then by place, and drop what is said twice."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.place.file, d.place.line, d.place.column, d.code))


def render(diagnostic: Diagnostic) -> str:
    """Give the text that a person reads: the sentence, the source line with a caret, the hint."""
    place = diagnostic.place
    lines = [str(diagnostic)]
    if place.text.strip():
        number = str(place.line)
        shown, before, under = _excerpt(place)
        lines.append(f"  {number} | {shown}")
        lines.append(f"  {' ' * len(number)} | {before}{'^' * under}")
    for index, line in enumerate(diagnostic.hint.splitlines()):
        lines.append(("  hint: " if index == 0 else "        ") + line)
    return "\n".join(lines)


def _excerpt(place: Place) -> tuple[str, str, int]:
    """Give the source line, or what of it is near the place, with the blank before its caret and the caret's width."""
    column, text, cut = place.column - 1, place.text.rstrip(), ""
    if len(text) > LONGEST_LINE:
        start = max(0, min(column - LONGEST_LINE // 3, len(text) - LONGEST_LINE))
        cut = "..." if start else ""
        more = "..." if start + LONGEST_LINE < len(text) else ""
        text, column = f"{cut}{text[start : start + LONGEST_LINE]}{more}", column - start + len(cut)
    text = "".join(c if c == "\t" or category(c) not in UNSEEN else "\N{REPLACEMENT CHARACTER}" for c in text)
    # A tab before the caret keeps it under the value however wide the terminal draws tabs.
    before = "".join("\t" if c == "\t" else " " * _cells(c) for c in text[:column])
    return text, before, max(1, sum(_cells(c) for c in text[column : column + place.width]))


def _cells(character: str) -> int:
    """How many cells a terminal gives a character."""
    return 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1


def nearest(word: str, words: Iterable[str]) -> str:
    """Give a hint naming the word that was probably meant, or an empty string."""
    found = meant(word, words)
    return f"did you mean '{found}'?" if found else ""


def meant(word: str, words: Iterable[str]) -> str:
    """Give the word that was probably meant, or an empty string."""
    if len(word) > LONGEST_LINE:
        return ""
    candidates = list(words)
    folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
