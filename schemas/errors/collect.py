"""Find all that is wrong, then raise once."""

from __future__ import annotations

from types import TracebackType

from migspec.dsl.diagnostics import Diagnostic, SpecError


class Collected:
    """The diagnostics of several parts of one step."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def catching(self) -> Catching:
        """Note what a block raises, and go on after it."""
        return Catching(self)

    def add(self, error: SpecError) -> None:
        self.diagnostics += error.diagnostics

    def throw(self) -> None:
        """Raise what was noted, if anything was."""
        if self.diagnostics:
            raise SpecError(*self.diagnostics)


class Catching:
    """A block whose SpecError is noted."""

    def __init__(self, collected: Collected) -> None:
        self.collected = collected

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, SpecError):
            return False
        self.collected.add(error)
        return True
