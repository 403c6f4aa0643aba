"""What is asked for: how many sets of rows, and which."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from migspec.dsl.diagnostics import Diagnostic, Place, SpecError

NAME = "generated rows"  # stands where the name of a test stands


@dataclass(frozen=True, slots=True)
class Generation:
    """How many sets of rows are drawn for a spec on a database. One seed gives the same sets each time."""

    sets: int  # beside the empty one
    seed: int = 0
    empty: bool = True  # whether empty tables are tried first
    shrinks: bool = True  # whether rows that fail are made as small as can be


def check_installed() -> None:
    """E709 without Hypothesis, which comes with an extra."""
    if importlib.util.find_spec("hypothesis") is None:
        hint = "pip install 'migspec[generate]'"
        raise SpecError(
            Diagnostic("E709", "rows are drawn by hypothesis, which is not installed", Place("--generate"), hint)
        )
