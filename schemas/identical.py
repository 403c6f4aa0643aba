"""Objects of Django's state as keys of a cache: it replaces them and never changes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True, eq=False)
class Identical(Generic[Kept]):
    """A key that is equal to another one only of the same object."""

    kept: Kept

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identical) and other.kept is self.kept

    def __hash__(self) -> int:
        return id(self.kept)
