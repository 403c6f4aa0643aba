"""A set of rows as an entry of `tests`, to be pasted into the spec."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.utils.duration import duration_string

from migspec.dsl.source import WrittenFloat
from migspec.schemas.errors.wording import is_plain

Format = Literal["yaml", "toml"]


def entry(name: str, given: Mapping[str, Sequence[Mapping[str, Any]]], says: Mapping[str, Any], format: Format) -> str:
    """Write a test; `given` are Python values by model, as the spec names it, and column, `says` what is expected."""
    if format == "toml":
        lines = ["[[tests]]", f"name = {_text(name, format)}"]
        lines += [f"{key} = {_inline(value, format)}" for key, value in says.items()]
        lines += ["[tests.given]"] if given else []
        for model, rows in given.items():
            lines += [f"{_key(model, format)} = [", *(f"  {_row(row, format)}," for row in rows), "]"]
        return "\n".join(lines)
    lines = [f"  - name: {name if is_bare(name.replace(' ', '')) else _text(name, format)}"]
    lines += ["    given:"] if given else []
    for model, rows in given.items():
        lines += [f"      {_key(model, format)}:", *(f"        - {_row(row, format)}" for row in rows)]
    lines += [f"    {key}: {_inline(value, format)}" for key, value in says.items()]
    return "\n".join(lines)


def _row(row: Mapping[str, Any], format: Format) -> str:
    return _inline({name: _literal(value, format) for name, value in row.items()}, format)


def _literal(value: Any, format: Format) -> Any:
    """Give what stands for a Python value in a row: what its column reads as that value."""
    match value:
        case None:
            return {"expr": "None"} if format == "toml" else None
        case bytes():
            return {"expr": repr(value)}
        case dict() | list():
            if format == "toml" and _has_null(value):
                return {"expr": repr(value)}
            return {"value": _part(value)}
    return _part(value)


def _part(value: Any) -> Any:
    match value:
        case dict():
            return {key: _part(item) for key, item in value.items()}
        case list() | tuple():
            return [_part(item) for item in value]
        case float():
            return WrittenFloat(repr(value))
        case decimal.Decimal():
            return WrittenFloat(f"{value:f}")
        case datetime.datetime():
            return value.isoformat().replace("+00:00", "Z")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return duration_string(value)
        case uuid.UUID():
            return str(value)
    return value


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None


# --- text ---


def _inline(value: Any, format: Format) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case WrittenFloat():
            return value.written
        case int():
            return str(value)
        case dict():
            between = ": " if format == "yaml" else " = "
            items = (f"{_key(str(key), format)}{between}{_inline(item, format)}" for key, item in value.items())
            return "{" + ", ".join(items) + "}"
        case list():
            return "[" + ", ".join(_inline(item, format) for item in value) + "]"
    return _text(str(value), format)


def _key(text: str, format: Format) -> str:
    plain = is_bare(text) if format == "toml" else is_bare(text.replace(".", "")) and is_plain(text)
    return text if plain else _text(text, "toml")


def is_bare(text: str) -> bool:
    return text.isascii() and text.replace("_", "").isalnum()


def _text(text: str, format: Format) -> str:
    """Quote text where it has to be; what cannot be seen is written by its number."""
    if format == "yaml" and is_bare(text) and is_plain(text):
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in '\\"':
        return f"\\{letter}"
    if letter == "\n":
        return "\\n"
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
