"""Every format of a plan but text, found by walking this folder: a module's `render` writes a review."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from migspec.compiler.review.review import Review

FORMATS = sorted(module.name for module in iter_modules(__path__))


def render(format: str, review: Review) -> str:
    """Give the text of a review, which ends with a newline."""
    text: str = import_module(f"{__name__}.{format}").render(review)
    return text
