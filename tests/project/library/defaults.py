"""Callable defaults for fields to name."""

from __future__ import annotations

from typing import Any


def no_details() -> dict[str, Any]:
    return {"checked": False}
