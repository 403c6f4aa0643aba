"""The first lines of a generated file: which spec it comes from, and two hashes that say whether it is still that."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_HEAD = re.compile(
    r"\A# Compiled by migspec from (?P<spec>[^\n]+?), (?:no steps|steps? [0-9, to]+)\. "
    r"Change the spec, not this file\.\n"
    r"# spec (?P<hash>[0-9a-f]{12}), file (?P<number>[0-9]+) of (?P<count>[0-9]+), code (?P<code>[0-9a-f]{12})\n"
)
LONGEST = 4096  # bytes that certainly hold a head


@dataclass(frozen=True, slots=True)
class Head:
    """What a generated file says of itself."""

    spec: str  # path of the spec, relative to the project
    spec_hash: str
    number: int  # of the spec's files, from 1
    count: int
    code_hash: str


def read_head(text: str) -> Head | None:
    """Give the head of a generated file, None for a hand-written one."""
    match = _HEAD.match(text.replace("\r\n", "\n"))
    if match is None:
        return None
    return Head(match["spec"], match["hash"], int(match["number"]), int(match["count"]), match["code"])


def with_head(text: str, spec: str, steps: Sequence[int], spec_hash: str, number: int, count: int) -> str:
    """Put the head before the text of a migration file. `steps` count from 1."""
    head = (
        f"# Compiled by migspec from {spec}, {_steps(steps)}. Change the spec, not this file.\n"
        f"# spec {spec_hash}, file {number} of {count}, code {code_hash(text)}\n"
    )
    return f"{head}\n{text}"


def _steps(steps: Sequence[int]) -> str:
    unique = sorted(set(steps))
    if not unique:
        return "no steps"
    if len(unique) == 1:
        return f"step {unique[0]}"
    if len(unique) > 2 and unique[-1] - unique[0] == len(unique) - 1:
        return f"steps {unique[0]} to {unique[-1]}"
    return f"steps {', '.join(map(str, unique))}"


def code_hash(text: str) -> str:
    """Hash the syntax tree of a Python file: formatting and comments do not count, and every Python gives the same.

    ast.dump and ast.unparse differ between versions of Python, so the tree is walked here; what a version adds to
    nodes is empty for code that does not use it, and empty fields are left out. Raises SyntaxError.
    """
    parts: list[str] = []
    _collect(ast.parse(text), parts)
    return hashlib.sha256("\0".join([*parts, ""]).encode("utf-8", "backslashreplace")).hexdigest()[:12]


def _collect(value: Any, parts: list[str]) -> None:
    # A build compares hundreds of files before it does anything else, so this is written to be quick.
    if isinstance(value, ast.AST):
        kind = type(value)
        parts.append(kind.__name__)
        for name in _fields(kind):
            inner: Any = getattr(value, name, None)
            if kind is ast.JoinedStr:  # Python 3.12 has empty texts between the parts of a format
                inner = [part for part in inner if not (isinstance(part, ast.Constant) and part.value == "")]
            if inner is not None and inner != []:
                parts.append(name)
                _collect(inner, parts)
        parts.append(")")
    elif isinstance(value, list):
        parts.append("[")
        for item in value:
            _collect(item, parts)
        parts.append("]")
    else:
        parts.append(f"{type(value).__name__} {value!r}")


_known: dict[type[ast.AST], tuple[str, ...]] = {}


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Give the fields that count, in an order of their own; u"" is "" (kind)."""
    if kind not in _known:
        _known[kind] = tuple(sorted(name for name in kind._fields if name != "kind"))
    return _known[kind]
