"""Batches in several processes at once, each with scratch databases of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress

from migspec.compiler.compile import Outcome
from migspec.compiler.verify.result import Result
from migspec.compiler.verify.run import Batch, run_batch

# What the processes inherit: plans hold functions and cannot be sent.
_work: tuple[Sequence[Batch], Outcome, bool] | None = None


def run_all(batches: Sequence[Batch], outcome: Outcome, processes: int, *, quick: bool = False) -> Iterator[Result]:
    """Run every batch and give the results as they come; in this process where the system cannot fork.

    With `quick` each test goes forward only.
    """
    if processes == 1 or len(batches) == 1 or not hasattr(os, "fork"):
        for batch in batches:
            yield from run_batch(batch, outcome, quick=quick)
        return
    import multiprocessing  # only here: most runs have one process, and these take long to import
    from concurrent.futures import ProcessPoolExecutor, as_completed

    global _work
    _work = batches, outcome, quick
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(min(processes, len(batches)), mp_context=context) as executor:
        futures = [executor.submit(_run, number) for number in range(len(batches))]
        try:
            for future in as_completed(futures):
                yield from future.result()
        except BaseException:  # also where the caller wants no more: GeneratorExit
            pids = list(executor._processes)
            executor.shutdown(wait=False, cancel_futures=True)
            for pid in pids:  # each drops what it has made
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            raise


def _run(number: int) -> list[Result]:
    assert _work is not None
    batches, outcome, quick = _work
    return list(run_batch(batches[number], outcome, quick=quick))
