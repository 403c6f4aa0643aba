"""Draws that follow from the seed alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

NAME = "hypothesis"  # of the backend that Hypothesis uses unless told otherwise


class Seeded(HypothesisProvider):
    """Hypothesis's own draws, without the constants that it finds in the modules imported so far.

    Which those are depends on what else the process did: another spec, another test. The strategies have edges of
    their own. See "Alternative backends" in Hypothesis's documentation.
    """

    def _maybe_draw_constant(self, *args: Any, **options: Any) -> None:
        return None


@contextmanager
def seeded() -> Iterator[None]:
    """Let Hypothesis draw so meanwhile."""
    before = AVAILABLE_PROVIDERS[NAME]
    AVAILABLE_PROVIDERS[NAME] = Seeded
    try:
        yield
    finally:
        AVAILABLE_PROVIDERS[NAME] = before
