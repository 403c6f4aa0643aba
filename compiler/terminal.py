"""What the command line prints: findings on stderr, results on stdout, colour only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from migspec.dsl.diagnostics import Diagnostic, render

if TYPE_CHECKING:
    from tqdm import tqdm

LEVELS = {"error": "red", "warning": "yellow", "info": "cyan"}
_CODES = {"bold": "1", "red": "31;1", "green": "32", "yellow": "33", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command prints. `colour` None means: where the stream is a terminal."""

    out: TextIO
    err: TextIO
    colour: bool | None = None

    def say(self, text: str = "", style: str = "") -> None:
        print(self._styled(text, style, self.out), file=self.out)

    def complain(self, text: str, style: str = "red") -> None:
        print(self._styled(text, style, self.err), file=self.err)

    def findings(self, diagnostics: Iterable[Diagnostic]) -> int:
        """Print diagnostics as `render` gives them, the first line in colour; give how many errors there were."""
        errors = 0
        for diagnostic in diagnostics:
            first, _, rest = render(diagnostic).partition("\n")
            self.complain(first, LEVELS[diagnostic.level])
            if rest:
                self.complain(rest, "")
            errors += diagnostic.level == "error"
        return errors

    def progress(self, unit: str) -> Callable[[int, int, str], None]:
        """Give a function (done, total, what) that draws a progress bar once the work has taken a second."""
        bar: list[tqdm[Any]] = []

        def step(done: int, total: int, what: str) -> None:
            if not self.err.isatty():
                return
            if not bar:
                from tqdm import tqdm

                bar.append(tqdm(total=total, unit=unit, delay=1.0, leave=False, file=self.err))
            bar[0].update(done - bar[0].n)
            bar[0].set_postfix_str(what, refresh=False)
            if done >= total:
                bar[0].close()

        return step

    def _styled(self, text: str, style: str, stream: TextIO) -> str:
        wanted = self.colour if self.colour is not None else _is_colourful(stream)
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style and wanted else text


def _is_colourful(stream: TextIO) -> bool:
    if os.environ.get("FORCE_COLOR"):
        return True
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def default_terminal() -> Terminal:
    return Terminal(sys.stdout, sys.stderr)


def plural(count: int, noun: str) -> str:
    """Give "1 file", "2 files"."""
    return f"{count} {noun}" + ("" if count == 1 else "s")
