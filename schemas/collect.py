"""Find all that is wrong, then raise once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from migspec.dsl.diagnostics import Diagnostic, SpecError


class Collected:
    """The diagnostics of several parts of one step."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Note what the block raises, and go on after it."""
        try:
            yield
        except SpecError as error:
            self.diagnostics += error.diagnostics

    def add(self, error: SpecError) -> None:
        self.diagnostics += error.diagnostics

    def throw(self) -> None:
        """Raise what was noted, if anything was."""
        if self.diagnostics:
            raise SpecError(*self.diagnostics)
