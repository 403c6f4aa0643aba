"""What one step puts into a file: an operation, and the code that the operation needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migspec.dsl.expressions import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One operation of a file. Equal constants and classes of several pieces are written once."""

    operation: Code
    comment: str = ""  # above the operation
    side: Literal["both", "state", "database"] = "both"
    constants: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    helpers: frozenset[str] = frozenset()  # names of functions in compiler/emit/helpers.py
    imports: frozenset[str] = frozenset()
    atomic: bool = True  # whether the migration may run in one transaction
