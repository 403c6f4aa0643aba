"""Signals that end a run: what it made is taken away first, after SIGTERM as after Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: SystemExit}


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let the first SIGINT or SIGTERM end what runs inside with an exception; later ones do nothing.

    A process of `--jobs` gets both where Ctrl-C reaches it and the process that started it: the second one would break
    off what the first has begun to take away.
    """
    ended = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal ended
        if not ended:
            ended = True
            raise ENDING[signal.Signals(number)](128 + number)

    with _handled_by(end):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold signals back until what runs inside is done: a server goes on with a statement whose client has left."""
    held: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        held.append(number)

    try:
        with _handled_by(hold):
            yield
    finally:
        for number in held[:1]:
            signal.raise_signal(number)


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only there are signals handled
        yield
        return
    # A signal that is ignored already, as SIGINT is of what a shell runs in the background, stays so.
    before = {number: signal.getsignal(number) for number in ENDING}
    taken = [number for number, earlier in before.items() if earlier not in (signal.SIG_IGN, None)]
    for number in taken:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])
