"""What a validator of the vocabulary raises: a complaint with its code, its hint and its place in the value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic_core import PydanticCustomError

from migspec.dsl.diagnostics import Path

# A hint that is to be pasted depends on the format of the spec.
Hint = str | Callable[[Literal["yaml", "toml"]], str]


def complaint(
    code: str, message: str, *, hint: Hint = "", at: Path = (), key: bool = False, column: int = 0, line: int = 0
) -> PydanticCustomError:
    """Give (not raise) the error; schemas.problems turns it into a diagnostic.

    `at` is a path inside the value that is validated, `key` asks for the place of its key, and `column` and
    `line` count from 1 in a value that is text.
    """
    # The message stands in the context, because pydantic takes braces in the template for placeholders; last, because
    # it fills them in one after the other.
    return PydanticCustomError(
        code,
        "{message}",
        {"hint": hint, "at": list(at), "key": key, "column": column, "line": line, "message": message},
    )
