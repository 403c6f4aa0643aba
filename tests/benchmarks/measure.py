"""Medians of alternating runs, so that what disturbs the machine disturbs both sides."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

RUNS = 7
# With compiled bytecode, as users run it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def alternate(sides: Mapping[str, Callable[[], float]], runs: int = RUNS) -> dict[str, float]:
    """Run every side in turn, `runs` times; give the median seconds of each. The first round only warms the caches."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(runs + 1):
        for name, side in sides.items():
            taken = side()
            if number:
                seconds[name].append(taken)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def process(command: Sequence[str], folder: Path, before: Callable[[], object] = lambda: None) -> Callable[[], float]:
    """Give a function that times a whole process; `before` prepares each run and is not timed."""

    def run() -> float:
        before()
        start = time.perf_counter()
        done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        taken = time.perf_counter() - start
        if done.returncode:
            sys.exit(f"{' '.join(command)} exited {done.returncode}\n{done.stdout}{done.stderr}")
        return taken

    return run


def row(what: str, seconds: float, against: str, base: float, allowed: str) -> str:
    """Give one line of the table."""
    return f"| {what} | {seconds:.2f} s | {against} | {base:.2f} s | {seconds / base:.2f} | {allowed} |"


HEADER = "| what | median | against | median | ratio | asked for |\n|---|---|---|---|---|---|"
