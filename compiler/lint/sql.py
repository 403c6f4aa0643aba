"""SQL of the author as text: what its statements do, as far as their words tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migspec.compiler.lint.rule import Judged
from migspec.schemas.changes import SQLChange

SCHEMA = re.compile(r"^\s*(?:CREATE|ALTER|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
ROWS = re.compile(r"^\s*(?:UPDATE|INSERT|DELETE|MERGE|REPLACE)\b", re.IGNORECASE)
WHOLE_TABLE = re.compile(r"^\s*(?:UPDATE\b|DELETE\b|INSERT\b.*\bSELECT\b)", re.IGNORECASE | re.DOTALL)
TEXTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)


def sql_changes(judged: Judged) -> Iterator[SQLChange]:
    return (change for change in judged.changes if isinstance(change, SQLChange))


def statements(judged: Judged, vendor: str | None = None) -> Iterator[str]:
    """Give the statements of a step without what stands in quotes or comments; with `vendor` those that run there."""
    for change in sql_changes(judged):
        for key, written in change.sql.items():
            if vendor is None or key in (None, vendor):
                for text, _ in written:
                    yield from (part for part in TEXTS.sub(blanked, text).split(";") if part.strip())


def blanked(match: re.Match[str]) -> str:
    return "''" if match[0].startswith("'") else " "
