"""The first lines of a generated file: which spec it comes from, and two hashes that say whether it is still that."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_HEAD = re.compile(
    r"\A# Compiled by migspec from (?P<spec>[^\n]+?), (?:no steps|steps? [0-9, to]+)\. Change the spec, not this file\.\n"
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
    digest = hashlib.sha256()
    for part in _parts(ast.parse(text)):
        digest.update(part.encode("utf-8", "backslashreplace"))
        digest.update(b"\0")
    return digest.hexdigest()[:12]


def _parts(node: Any) -> Iterator[str]:
    if isinstance(node, ast.AST):
        yield type(node).__name__
        for name in sorted(node._fields):
            value = getattr(node, name, None)
            if isinstance(node, ast.JoinedStr):  # Python 3.12 has empty texts between the parts of a format
                value = [part for part in value if not (isinstance(part, ast.Constant) and part.value == "")]
            if value is not None and value != [] and name != "kind":
                yield name
                yield from _parts(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            yield from _parts(item)
        yield "]"
    else:
        yield f"{type(node).__name__} {node!r}"
