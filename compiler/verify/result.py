"""What verifying gives: for each test on each database what was done, and what is not as the spec says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migspec.compiler.verify.compare import Cell, table
from migspec.compiler.verify.steps import StepResult
from migspec.dsl.diagnostics import Diagnostic, render


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as the spec says, with the cells that differ; `heads` name their two values."""

    diagnostic: Diagnostic
    cells: Sequence[Cell] = ()
    heads: tuple[str, str] = ("expected", "actual")

    def __str__(self) -> str:
        said = render(self.diagnostic)
        return f"{said}\n{table(self.cells, *self.heads)}" if self.cells else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One test of one spec on one database."""

    spec: str  # path, as shown
    test: str
    database: str
    failures: Sequence[Failure]
    passes: Sequence[str]  # what was done: "forward", "back", ...
    seconds: float
    steps: Sequence[StepResult] = ()
    entry: str = ""  # of `tests`, with generated rows that fail

    @property
    def ok(self) -> bool:
        return not self.failures
