"""Long SQL on several lines, as one writes it by hand: a clause a line, what is inside a bracket indented."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[()]|,|\w+|\s+|.""", re.DOTALL)
Words = frozenset[tuple[str, ...]]
CLAUSES: Words = frozenset({
    ("FROM",), ("GROUP", "BY"), ("HAVING",), ("INNER", "JOIN"), ("LEFT", "OUTER"), ("LIMIT",), ("ORDER", "BY"),
    ("SELECT",), ("SET",), ("VALUES",), ("WHERE",),
})  # fmt: skip
BRANCHES: Words = frozenset({("WHEN",), ("ELSE",)})
JUNCTIONS: Words = frozenset({("AND",), ("OR",)})


def layout(sql: str, width: int) -> str:
    """Give the same SQL in lines of at most `width` characters where it can be broken."""
    return "\n".join(_lines(sql, width))


def _lines(sql: str, width: int) -> list[str]:
    if len(sql) <= width:
        return [sql]
    for cut in (_clauses, _items, _brackets):
        if len(lines := cut(sql, width)) > 1:
            return lines
    return [sql]


def _clauses(sql: str, width: int) -> list[str]:
    if not re.match("(DELETE|INSERT|PARTITION|SELECT|UPDATE)\\b", sql):
        return [sql]
    parts = _cut(sql, CLAUSES)
    if len(parts) > 1 and parts[0] == "DELETE":
        parts[:2] = [f"DELETE {parts[1]}"]
    return [line for part in parts for line in _lines(part, width)] if len(parts) > 1 else parts


def _items(sql: str, width: int) -> list[str]:
    """Put what a clause lists, or joins by AND, on lines of its own below its first word."""
    match = re.match("(AND|GROUP BY|OR|ORDER BY|SELECT|SET|VALUES|WHERE) ", sql)
    if not match:
        return [sql]
    word, rest = match[1], sql[match.end() :]
    parts = _cut(rest, JUNCTIONS) if word in ("AND", "OR", "WHERE") else _commas(rest)
    if len(parts) < 2:
        return [sql]
    return [word, *(f"    {line}" for part in parts for line in _lines(part, width - 4))]


def _brackets(sql: str, width: int) -> list[str]:
    """Open the longest bracket, or CASE ... END."""
    start, end = max(_spans(sql), key=lambda span: span[1] - span[0], default=(0, 0))
    before, inner, after = sql[:start], sql[start:end].strip(), sql[end:]
    if len(inner) < 20:
        return [sql]
    parts = [inner]
    if re.match("WHEN\\b", inner):
        parts = _cut(inner, BRANCHES)
    elif not inner.startswith("SELECT "):
        parts = _cut(inner, JUNCTIONS)
        parts = parts if len(parts) > 1 else _commas(inner)
    lines = [line for part in parts for line in _lines(part, width - 4)]
    return [before.rstrip(), *(f"    {line}" for line in lines), after.lstrip()]


# --- tokens ---


def _outside(sql: str) -> Iterator[tuple[int, str, int]]:
    """Give each token with its place and how deep it is in brackets, the brackets themselves as outside."""
    depth = 0
    for match in TOKEN.finditer(sql):
        token = match[0]
        closes = token in (")", "END")
        depth -= closes
        yield match.start(), token, depth
        depth += token in ("(", "CASE")


def _cut(sql: str, before: Words) -> list[str]:
    """Cut before these words where they are in no bracket."""
    tokens = [(at, token) for at, token, depth in _outside(sql) if not depth and not token.isspace()]
    words = [token for _, token in tokens]
    places = [
        at
        for index, (at, _) in enumerate(tokens)
        if at and any(tuple(words[index : index + len(one)]) == one for one in before)
    ]
    return [sql[start:end].strip() for start, end in zip([0, *places], [*places, len(sql)], strict=True)]


def _commas(sql: str) -> list[str]:
    places = [at + 1 for at, token, depth in _outside(sql) if token == "," and not depth]
    return [sql[start:end].strip() for start, end in zip([0, *places], [*places, len(sql)], strict=True)]


def _spans(sql: str) -> Iterator[tuple[int, int]]:
    """Give the insides of the outermost brackets."""
    start = 0
    for at, token, depth in _outside(sql):
        if depth:
            continue
        if token in ("(", "CASE"):
            start = at + len(token)
        elif token in (")", "END"):
            yield start, at
