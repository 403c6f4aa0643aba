"""Python values as a spec writes them: literals where YAML and TOML have them, else {expr: ...}."""

from __future__ import annotations

import ast
import re
from enum import Enum
from typing import Any

from django.conf import SettingsReference
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.utils.functional import Promise

from migspec.compiler.spelling.readable import Readable
from migspec.schemas.errors.wording import is_plain


class CannotSerialize(Exception):
    """A value that no migration can hold; the text is Django's."""


TAGS = {"expr", "value"}
# The digits that every reader of YAML and TOML understands alike.
FLOAT = re.compile(r"-?[0-9]+\.[0-9]+")


def value_data(value: Any) -> Any:
    """Give a value as an argument is written; CannotSerialize where Django has no text for it either."""
    if isinstance(value, Promise):
        value = str(value)
    if isinstance(value, models.Choices):
        value = value.value
    match value:
        case None | bool():
            return value
        case Enum() | SettingsReference():
            return expr(value)
        case int():
            return int(value)
        case float() if FLOAT.fullmatch(repr(value)):
            return value
        case str() if all(line.isprintable() for line in value.split("\n")):
            return str(value)
        case list():
            return [value_data(item) for item in value]
        case dict() if all(isinstance(key, str) and key and is_plain(key) for key in value) and not TAGS & value.keys():
            return {key: value_data(item) for key, item in value.items()}
    return expr(value)


def expr(value: Any) -> dict[str, str]:
    return {"expr": python(value)}


def python(value: Any) -> str:
    """Give a value as an expression, with the short names of the language; CannotSerialize where there is none."""
    if isinstance(value, SettingsReference):
        return f"settings.{value.setting_name}"  # type: ignore[attr-defined]
    try:
        text, _ = MigrationWriter.serialize(value)
    except ValueError as error:
        raise CannotSerialize(str(error).splitlines()[0].rstrip(".")) from None
    return ast.unparse(Readable().visit(ast.parse(text, mode="eval")))
