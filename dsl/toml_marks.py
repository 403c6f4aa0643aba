"""The places of the keys and values of a TOML text, which tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Final, NamedTuple

from migspec.dsl.source import Mark, Marks, WrittenFloat
from migspec.dsl.strictness import NODES, Findings, named, write_quoted

_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_BETWEEN = re.compile(r"(?:[ \t\n,]++|#[^\n]*+)*+")  # items of a list, pairs of an inline table
# A name of a key, with the dot or the equals sign after it.
_NAME = re.compile(r"""[ \t]*+([A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+')[ \t]*+([.=]?)[ \t]*+""")
_HEADER_END = re.compile(r"\]\]?+")
_TEXT = re.compile(
    r'"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+""""{0,2}+'
    r"|'''(?:[^']++|'(?!''))*+''''{0,2}+"
    r'|"(?!"")(?:[^"\\\n]++|\\.)*+"'
    r"|'(?!'')[^'\n]*+'"
)
_BARE = re.compile(r"[^\s,\[\]{}#]++(?: [0-9]{2}:[^\s,\[\]{}#]++)?+")
_FRACTION = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_ZONE = r"(?:[Zz]|[-+][0-9]{2}:[0-9]{2})"
_DATE_OR_TIME = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[Tt ]{_TIME}{_ZONE}?)?|{_TIME}")
# Text without its quotes goes as far as this.
_REST_OF_LINE = re.compile(r"[^\n#]*+")
_REST_OF_ITEM = re.compile(r"[^\n,\[\]{}#=]*+")

_MEANT: Final = {"True": "true", "False": "false", **dict.fromkeys(("null", "None", "~"), '{expr = "None"}')}


def toml_marks(findings: Findings) -> Marks:
    """Give the marks of the text of `findings`, and add what is wrong as far as the walk can tell.

    Raises SpecError where the text exceeds the bounds.
    """
    return _Walk(findings).run()


class _Part(NamedTuple):
    """One name of a dotted key."""

    name: str
    mark: Mark


class _Table(NamedTuple):
    """The marks of a table, to be filled."""

    keys: dict[str, Mark]
    members: dict[str, Marks]


class _Bracket(NamedTuple):
    """A list or an inline table whose end is not reached."""

    start: int
    inside: _Table | list[Marks]
    put: Callable[[Marks], None]  # what takes it at its end
    levels: int


class _Walk:
    """One pass over a TOML text that marks its keys and values.

    It reads more than TOML allows and leaves the refusing to tomllib, but for what tomllib has no good words; at what
    it cannot read it stops. Brackets are kept in a list, so that depth costs no recursion.
    """

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.text = findings.text
        self.starts = list(accumulate((len(line) + 1 for line in findings.lines), initial=0))
        self.position = 0
        self.nodes = 0
        self.root = _Table({}, {})
        self.table, self.levels = self.root, 1  # where the lines 'key = value' go
        self.implied: dict[int, _Table] = {}  # made by [a.b] for a, until [a] comes; by the id of their members
        self.brackets: list[_Bracket] = []

    def run(self) -> Marks:
        """Give the marks of the document; what is wrong goes to the findings."""
        while self.step():
            pass
        first = next(iter(self.root.keys.values()), (1, 1, 1))
        return Marks(first, *self.root)

    def step(self) -> bool:
        """Read a header, a pair, an item or the end of a bracket; False where the walk ends."""
        self.take(_BETWEEN if self.brackets else _BLANK)
        character = self.text[self.position : self.position + 1]
        if self.brackets:
            return self.step_inside(self.brackets[-1], character)
        if character == "[":
            return self.header()
        return character != "" and self.pair(self.table, self.levels)

    def step_inside(self, bracket: _Bracket, character: str) -> bool:
        if character == "":
            self.refuse_open(bracket)
            return False
        if character in "]}":
            self.close()
            return True
        if isinstance(bracket.inside, list):
            return self.value(bracket.inside.append, bracket.levels)
        return self.pair(bracket.inside, bracket.levels)

    def header(self) -> bool:
        """Read [table] or [[list of tables]]."""
        start = self.position
        listed = self.text.startswith("[[", start)
        self.position += 2 if listed else 1
        parts = self.key("")
        if not parts or not self.take(_HEADER_END):
            return False
        table, levels = self.descend(self.root, 1, parts[:-1], self.implied)
        mark = self.mark(start, self.position)
        if listed:
            table, levels = self.add_item(table, levels, parts[-1], mark)
        else:
            table, levels = self.add_table(table, levels, parts[-1], mark)
        self.table, self.levels = table, levels
        return True

    def pair(self, table: _Table, levels: int) -> bool:
        """Read key = value."""
        parts = self.key("=")
        if not parts:
            return False
        if len(parts) > 1:
            table, levels = self.descend(table, levels, parts[:-1])
        return self.value(partial(self.put, table, parts[-1]), levels)

    def key(self, end: str) -> list[_Part]:
        """Read a key, which may be dotted, and the equals sign that must be its end; nothing where there is none."""
        parts: list[_Part] = []
        while found := self.take(_NAME):
            mark = self.count(found.start(1), found.end(1))
            try:
                parts.append(_Part(_name(found[1]), mark))
            except tomllib.TOMLDecodeError:
                return []
            if found[2] != ".":
                return parts if found[2] == end else []
        if self.text.startswith(('"', "'"), self.position):
            self.refuse_quote(f"close it with {self.text[self.position]} on its line")
        return []

    def value(self, put: Callable[[Marks], None], levels: int) -> bool:
        """Read a value, or the beginning of one in brackets, and put its marks."""
        start = self.position
        character = self.text[start : start + 1]
        if character in ("[", "{"):
            self.position += 1
            self.findings.check_levels(levels + 1, self.count(start, start + 1))
            self.brackets.append(_Bracket(start, [] if character == "[" else _Table({}, {}), put, levels + 1))
            return True
        mark = self.quoted_text() if character in ('"', "'") else self.bare()
        if mark:
            put(Marks(mark))
        return mark is not None

    def quoted_text(self) -> Mark | None:
        start = self.position
        if self.take(_TEXT):
            return self.count(start, self.position)
        quote = self.text[start]
        if self.text.startswith(quote * 3, start):
            self.refuse_quote(f"close it with {quote * 3}")
        else:
            self.refuse_quote(f"close it with {quote} on its line; text of several lines stands in {quote * 3}")
        return None

    def bare(self) -> Mark | None:
        """Read a value without quotes: a number, true or false, or something that should have had quotes."""
        start = self.position
        found = self.take(_BARE)
        if not found:
            return None
        word, mark = found[0], self.count(start, self.position)
        if word in ("true", "false"):
            return mark
        if _DATE_OR_TIME.fullmatch(word):
            message = f"{named(word)} is a date or time to TOML; the language writes them as text"
            self.findings.add("E109", message, mark, write_quoted(word))
            return mark
        number = self.findings.number(word, mark)
        if number is None:
            self.position = start
            return self.refuse_words(word)
        if isinstance(number, WrittenFloat) and not _FRACTION.fullmatch(word):
            message = f"{named(word)} is not a number in TOML"
            self.findings.add("E103", message, mark, "write a digit on both sides of the point")
        return mark

    def refuse_quote(self, hint: str) -> None:
        mark = self.mark(self.position, self.position + 1)
        self.findings.add("E103", "the quoted text that begins here has no end", mark, hint)

    def refuse_words(self, word: str) -> Mark | None:
        """Refuse text without quotes, as far as it probably goes."""
        start = self.position
        found = self.take(_REST_OF_ITEM if self.brackets else _REST_OF_LINE)
        words = found[0].rstrip() if found else word
        if self.brackets and self.text.startswith("=", self.position):
            if isinstance(self.brackets[-1].inside, list):
                self.refuse_open(self.brackets[-1])
                return None
            words = word
        self.position = start + len(words)
        mark = self.mark(start, self.position)
        hint = f"write {_MEANT[words]}" if words in _MEANT else write_quoted(words)
        self.findings.add("E103", f"{named(words)} is not a value in TOML, where text has quotes", mark, hint)
        return mark

    def refuse_open(self, bracket: _Bracket) -> None:
        opening, closing = "[]" if isinstance(bracket.inside, list) else "{}"
        mark = self.mark(bracket.start, bracket.start + 1)
        message = f"the {opening} that begins here is not closed"
        self.findings.add("E103", message, mark, f"close it with {closing}")

    def close(self) -> None:
        bracket = self.brackets.pop()
        self.position += 1
        mark = self.mark(bracket.start, self.position)
        inside = bracket.inside
        bracket.put(Marks(mark, None, inside) if isinstance(inside, list) else Marks(mark, *inside))

    def put(self, table: _Table, part: _Part, marks: Marks, hint: str = "delete one of the two") -> None:
        if part.name in table.keys:
            self.findings.repeated(part.name, part.mark, table.keys[part.name], hint)
            return
        table.keys[part.name] = part.mark
        table.members[part.name] = marks

    def descend(
        self, table: _Table, levels: int, parts: list[_Part], made: dict[int, _Table] | None = None
    ) -> tuple[_Table, int]:
        """Go down a dotted key, making the tables that are not there; in a list, its last table is meant.

        A table made on the way stands where its name does, and goes to `made`.
        """
        for part in parts:
            levels += 1
            self.findings.check_levels(levels, part.mark)
            found = table.members.get(part.name)
            if found and isinstance(found.members, list):
                levels += 1
                found = found.members[-1] if found.members else Marks(part.mark)
            if found and found.keys is not None and isinstance(found.members, dict):
                table = _Table(found.keys, found.members)
                continue
            inner = _Table({}, {})
            self.put(table, part, Marks(part.mark, *inner))
            if made is not None:
                made[id(inner.members)] = inner
            table = inner
        return table, levels

    def add_table(self, table: _Table, levels: int, part: _Part, mark: Mark) -> tuple[_Table, int]:
        """Begin the table that a header names."""
        self.findings.check_levels(levels + 1, mark)
        found = table.members.get(part.name)
        inner = self.implied.pop(id(found.members), None) if found else None
        if inner is None:
            inner = _Table({}, {})
            hint = f"merge the two; the items of a list stand below two brackets each, [[{part.name}]]"
            self.put(table, part, Marks(mark, *inner), hint)
        return inner, levels + 1

    def add_item(self, table: _Table, levels: int, part: _Part, mark: Mark) -> tuple[_Table, int]:
        """Begin the next table of the list that a header names."""
        self.findings.check_levels(levels + 2, mark)
        found = table.members.get(part.name)
        items = found.members if found else []
        if not found or not isinstance(items, list):
            items = []
            self.put(table, part, Marks(mark, None, items))
        item = _Table({}, {})
        items.append(Marks(mark, *item))
        return item, levels + 2

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Move over what matches here."""
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def count(self, start: int, end: int) -> Mark:
        """Give the mark of a key or value, and count it."""
        self.nodes += 1
        mark = self.mark(start, end)
        if self.nodes > NODES:
            self.findings.stop_at_nodes(mark)
        return mark

    def mark(self, start: int, end: int) -> Mark:
        line = bisect_right(self.starts, start)
        width = (end if end < self.starts[line] else self.starts[line] - 1) - start
        return line, start - self.starts[line - 1] + 1, width or 1


def _name(key: str) -> str:
    """Give the text of a key; TOMLDecodeError where an escape in it is wrong."""
    if key[0] == '"' and "\\" in key:
        return next(iter(tomllib.loads(f"{key} = 0")))
    return key[1:-1] if key[0] in "\"'" else key
