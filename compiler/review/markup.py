"""Text for GitHub's Markdown that stays text, whatever is in it.

The rules are those of https://github.github.com/gfm/: a backslash makes punctuation literal (section 2.4), a character
reference never begins a structure (6.2), and a `|` ends a table's cell even in a code span (4.10).
"""

from __future__ import annotations

import re
from typing import Final

from migspec.compiler.reports.report import clean

ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
PUNCTUATION: Final = frozenset("\\`*[]~$!")
INVISIBLE: Final = "&#8203;"  # parts @ from a name, # from a number, www from its dot: nothing becomes a link


def one_line(words: str) -> str:
    return " ".join(clean(words, "\n\t").split())


def plain(words: str) -> str:
    """Give prose on one line, also for the cell of a table."""
    written = []
    line = one_line(words)
    for at, c in enumerate(line):
        if c in ENTITIES:
            written.append(ENTITIES[c])
        elif c in PUNCTUATION or (c == "_" and not (line[at - 1 : at].isalnum() and line[at + 1 : at + 2].isalnum())):
            written.append(f"\\{c}")
        elif c in "@#":
            written.append(f"\\{c}{INVISIBLE}")
        elif c == ":" and line[at + 1 : at + 3] == "//":
            written.append("&#58;")
        else:
            written.append(c)
    text = "".join(written).replace("www.", f"www{INVISIBLE}.")
    return re.sub(r"^([-+=])|^(\d+)([.)])", lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)


def code(words: str) -> str:
    """Give a name or a path as code, also in the cell of a table."""
    line = one_line(words)
    if not line:
        return ""
    if set(line) & set("`|\\"):
        return "<code>" + "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in line) + "</code>"
    return f"`{line}`"


def fenced(language: str, body: str) -> str:
    """Give a block of code with a fence that the body does not hold."""
    body = clean(body)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def folded(summary: str, body: str) -> str:
    """Give what is there only for those who open it; `summary` is HTML already."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
