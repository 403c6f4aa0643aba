"""How a data step comes back: the row changes that undo it, and how faithful they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from migspec.compiler.reversing.side_table import Save
from migspec.schemas.data.rows import Assignments, Delete, InPython, Insert, ModelKey, Update
from migspec.schemas.errors.pasting import GIVING_UP, Line

# "written" is the author's own reverse: as faithful as its steps are.
Fidelity = Literal["exact", "best effort", "written", "noop", "irreversible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What rolling a data step back does.

    `changes` is empty where nothing is owed (exact) or the author accepts it (noop), None where the step is
    irreversible. `differs` says in a few words what may differ afterwards, for best effort; the author's reason for
    noop and irreversible.
    """

    changes: tuple[Update | Insert | Delete, ...] | None
    fidelity: Fidelity
    differs: str = ""
    saves: tuple[Save, ...] = ()  # what the step saves for that (keep_old)


class Underivable(Exception):
    """A change that nothing undoes: what would be lost, and the lines of which the author may write one instead."""

    def __init__(self, lost: str, *alternatives: Line) -> None:
        super().__init__(lost)
        self.lost = lost
        self.alternatives = (*alternatives, *GIVING_UP)


def check_reads_columns(model: ModelKey, assign: Assignments) -> None:
    """Underivable where rows would be updated from a function of Python that reads another row."""
    for name, value in assign:
        if isinstance(value, InPython):
            message = (
                f"{model.name}.{name} would come back by a function of Python, which reads no row of another table"
            )
            raise Underivable(message, ("reverse", [{"update_rows": model, "set": {name: ...}}]))


def made(changes: Sequence[Update | Insert | Delete], differs: Sequence[str] = ()) -> Reversal:
    """Give a derived reversal; it is exact where nothing may differ."""
    words = [word for word in dict.fromkeys(differs) if word]
    return Reversal(changes=tuple(changes), fidelity="best effort" if words else "exact", differs=", ".join(words))


def together(parts: Sequence[Reversal]) -> Reversal:
    """Join the reversals of the parts of one change."""
    return made([change for part in parts for change in part.changes or ()], [part.differs for part in parts])
