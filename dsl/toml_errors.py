"""What tomllib says about a text that it cannot parse, said for the people who write specs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Final

from migspec.dsl.source import Mark
from migspec.dsl.strictness import Findings

# What tomllib says; the code, the message and the hint in place of it.
_EXPLANATIONS: Final = (
    ("twice|Cannot|Duplicate", "E104", "this repeats or changes what is there already", "merge the two"),
    ("Expected '='", "E103", "'=' is missing after the key", "write 'key = value'"),
    ("declaration", "E103", "the header is not closed", "write '[name]', or '[[name]]' for an item of a list"),
    ("Expected newline", "E103", "the line goes on after the value", "write each 'key = value' on a line of its own"),
    ("Unclosed array", "E103", "',' or ']' is missing", "write ',' between two items"),
    ("Unclosed inline table", "E103", "',' or '}' is missing", "write ',' between two pairs, all on one line"),
    (
        "key part",
        "E103",
        "a key is missing",
        "write it; a table in braces has one line and no comma after its last pair",
    ),
    ("Invalid statement", "E103", "a key is missing", "put a key in quotes that is more than a-z, A-Z, 0-9, _ and -"),
    ("Invalid value", "E103", "a value is missing", 'write it, or "" for an empty text'),
)

_ESCAPE = (
    "a backslash in double quotes begins an escape, and this is none",
    r"write \\ for a backslash, or use single quotes, in which it is a character like any other",
)


def explain(error: tomllib.TOMLDecodeError, findings: Findings) -> None:
    """Add what tomllib found to the findings, unless they have it."""
    said, _, place = str(error).rpartition(" (at ")
    line, column, _ = mark = _mark(place, findings.lines)
    if any(d.place.line == line or (d.place.line < line and d.code in ("E103", "E104")) for d in findings.found):
        return
    before, here = findings.lines[line - 1][: column - 1], findings.lines[line - 1][column - 1 : column]
    if here and not here.isprintable() and here != "\t":
        message = f"the character U+{ord(here):04X} cannot stand in TOML"
        findings.add("E103", message, mark, f'delete it, or write it as "\\u{ord(here):04X}" in double quotes')
    elif re.search("Unescaped|hex|scalar|escape", said):
        findings.add("E103", _ESCAPE[0], (line, before.rfind("\\") + 1 or column, 1), _ESCAPE[1])
    else:
        for pattern, code, message, hint in _EXPLANATIONS:
            if re.search(pattern, said):
                findings.add(code, message, mark, hint)
                return
        findings.add("E103", f"the TOML does not parse: {said}", mark)


def _mark(place: str, lines: Sequence[str]) -> Mark:
    """Give the mark of 'line 3, column 7)'; of 'end of document)' the end of what is written."""
    found = re.match(r"line (\d+), column (\d+)", place)
    if found:
        return int(found[1]), int(found[2]), 1
    last = max((number for number, line in enumerate(lines) if line.strip()), default=0)
    return last + 1, max(1, len(lines[last].rstrip())), 1
