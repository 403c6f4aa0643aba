"""Scratch databases that the row tests of one process share: the migrations before a spec run once for each place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from migspec.compiler.compile import Outcome
from migspec.compiler.history import Key
from migspec.compiler.verify.bases import Bases
from migspec.compiler.verify.result import Result
from migspec.compiler.verify.run import Batch, run_on
from migspec.compiler.verify.scratch import KINDS, connected, new_name
from migspec.compiler.verify.servers import Server


class Scratches:
    """A scratch database for each server and place, until `drop`."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, frozenset[Key]], tuple[Server, Bases]] = {}

    def run(self, batch: Batch, outcome: Outcome, *, cut_off: bool) -> list[Result]:
        """Run the tests as `migspec verify` does. SpecError: E706."""
        with self._bases(batch, outcome) as bases:
            return list(run_on(bases, batch, cut_off=cut_off))

    @contextmanager
    def _bases(self, batch: Batch, outcome: Outcome) -> Iterator[Bases]:
        place = batch.server.name, batch.jobs[0].subject.planned.included
        server, bases = self.made.get(place, (batch.server, None))
        name = bases.scratch.name if bases else new_name()
        with connected(server, name) as connection:
            if bases is None:
                scratch = KINDS[connection.vendor](connection, name)
                scratch.create()
                bases = Bases(scratch, outcome.history)
                self.made[place] = server, bases
            bases.scratch.connection, bases.history = connection, outcome.history
            yield bases

    def drop(self) -> None:
        for server, bases in self.made.values():
            with connected(server, bases.scratch.name) as connection:
                bases.scratch.connection = connection
                bases.scratch.drop()
