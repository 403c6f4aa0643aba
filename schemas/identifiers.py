"""New names that a step gives: of models and fields, and of indexes and constraints."""

from __future__ import annotations

from keyword import iskeyword
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from migspec.schemas.errors.complaint import complaint


def is_identifier(text: str) -> str:
    if text.isidentifier() and not iskeyword(text):
        return text
    last = text.rpartition(".")[2]
    hint = f"write '{last}'" if "." in text and last.isidentifier() else ""
    raise complaint("E206", f"'{text}' is not the name of a model or a field", hint=hint)


def is_object_name(text: str) -> str:
    if "." in text or text != text.strip() or not text.isprintable():
        hint = f"write '{text.strip().rpartition('.')[2]}'" if text.strip().rpartition(".")[2] else ""
        raise complaint("E206", f"'{text}' is not the name of an index", hint=hint)
    return text


Identifier = Annotated[str, AfterValidator(is_identifier)]
IndexName = Annotated[str, StringConstraints(min_length=1, max_length=30), AfterValidator(is_object_name)]
