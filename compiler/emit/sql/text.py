"""A statement as Django wrote it, made fit for a file: plain parameters, and the same text whichever Django it was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from migspec.compiler.emit.sql.site import Statement

# What a text can be cut into: literals and quoted names, which stay, and what may have to be written otherwise.
PARTS = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | %% | (?P<exists>\bEXISTS\(SELECT\ %s\ AS\ ["`]a["`])
    | (?P<parameter>%s) | (?P<alias>\b[A-Z]\d+\b)""",
    re.VERBOSE,
)
# MariaDB only: whether JSON is there does not depend on what it holds.
UNQUOTED = re.compile(r"JSON_UNQUOTE\((`[^`]*`(?:\.`[^`]*`)*)\) (?=IS (?:NOT )?NULL)")
SIMPLE: tuple[type, ...] = (bool, int, float, bytes)


def settled(statement: Statement, quote: Callable[[str], str]) -> Statement:
    """Give a statement whose parameters are plain values, and whose text does not depend on the Django that wrote it.

    NULL stands in the text, as in some Djangos only; the short names of tables are quoted, as in others only.
    """
    if statement.parameters is None:
        return statement
    left = iter(statement.parameters)
    kept: list[Any] = []

    def written(match: re.Match[str]) -> str:
        if match["alias"]:
            return quote(match["alias"])
        if match["exists"]:
            value = next(left)
            return match["exists"].replace("%s", str(value))
        if not match["parameter"]:
            return match[0]
        value, cast = plain(next(left))
        if value is None:
            return "NULL"
        kept.append(value)
        return f"%s{cast}"

    text = PARTS.sub(written, UNQUOTED.sub(r"\1 ", statement.text))
    return Statement(text, kept)


def plain(value: Any) -> tuple[Any, str]:
    """Give a parameter as a value that a file can hold, and the cast that stands in for a driver's own class.

    The classes are told apart by their names: their drivers may not be installed.
    """
    kind = type(value).__name__
    if kind in ("Jsonb", "Json"):
        found = getattr(value, "obj", getattr(value, "adapted", None))
        dumps = getattr(value, "dumps", None) or json.dumps
        return dumps(found), "::jsonb"
    if kind in ("IPv4Address", "IPv6Address"):
        return str(value), "::inet"
    if kind == "Inet":
        return value.addr, "::inet"
    if kind == "Binary":
        return bytes(getattr(value, "obj", getattr(value, "adapted", b""))), ""
    if isinstance(value, memoryview | bytearray):
        return bytes(value), ""
    if isinstance(value, list):
        return [plain(item)[0] for item in value], ""
    if isinstance(value, str):
        return str.__str__(value), ""
    base = next((base for base in SIMPLE if isinstance(value, base)), None)
    return (base(value) if base else value), ""
