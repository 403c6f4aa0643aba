"""Pieces of Markdown that several pages of the reference are made of."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from typing import Any

from pydantic.fields import FieldInfo

from migspec.schemas.step import Part


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def fence(text: str, language: str = "yaml") -> str:
    return f"```{language}\n{textwrap.dedent(text).strip(chr(10))}\n```\n"


def docstring(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "") + "\n"


def key_table(part: type[Part], but: Collection[str] = (), only: Collection[str] | None = None) -> str:
    """Give the keys of a mapping: what each says, and whether it may be left out; empty where there are none."""
    names = [name for name in (part.model_fields if only is None else only) if name not in but]
    fields = [(name, part.model_fields[name]) for name in names]
    rows = [(f"`{field.alias or name}`", field.description or "", said_of(field)) for name, field in fields]
    return table(("key", "meaning", "if left out"), rows) if rows else ""


def said_of(field: FieldInfo) -> str:
    """Say what holds where a key is left out."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    return "" if default in (None, [], {}) else f"`{yaml_word(default)}`"


def yaml_word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.value if isinstance(value, Enum) else value)
