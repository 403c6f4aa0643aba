"""Which texts a database may take to be equal: in MySQL and MariaDB case, accents and trailing spaces do not count."""

from __future__ import annotations

import unicodedata
from typing import Any


def same(a: Any, b: Any) -> bool:
    """Whether a database may take two values to be equal."""
    return bool(folded(a) == folded(b))


def folded(value: Any) -> Any:
    """Give what is left of a text without what may not count; anything else as it is."""
    if not isinstance(value, str):
        return value
    letters = unicodedata.normalize("NFKD", value.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).rstrip()
