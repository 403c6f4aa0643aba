"""Compiling cut off while files are renamed into place: what is there loads, and the next run completes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.compiling import Workshop, workshop
from harness.runner import Interrupted
from migspec.compiler.history import History, waiting_for
from migspec.dsl.diagnostics import SpecError

WIDE = """
    after: 0001_initial
    steps:
      - {add_field: Order.a, field: {type: IntegerField, nullable: true}}
      - {update_rows: Order, set: {a: 1}, reverse: {noop: the column goes}}
      - remove_field: Product.stock
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as found:
        found.spec("shop/wide", WIDE)
        found.spec("shop/next", "after: wide\nsteps:\n  - remove_field: Customer.points\n")
        yield found


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int, error: BaseException) -> None:
    """Let `after` renames happen, then raise `error`."""
    replace, done = os.replace, []

    def stop(*arguments: Any, **keywords: Any) -> None:
        if len(done) == after:
            raise error
        done.append(arguments)
        replace(*arguments, **keywords)

    monkeypatch.setattr(os, "replace", stop)


@pytest.mark.parametrize(
    ("after", "recompiled"), [(0, False), (1, False), (2, False), (3, False), (0, True), (1, True), (2, True)]
)
def test_a_kill_leaves_a_beginning(
    made: Workshop, monkeypatch: pytest.MonkeyPatch, after: int, recompiled: bool
) -> None:
    if recompiled:
        made.spec("shop/wide", WIDE.replace("set: {a: 1}", "set: {a: 2}"))
        made.compile()
        made.spec("shop/wide", WIDE)
    with monkeypatch.context() as patch:
        interrupt(patch, after, Interrupted())
        with pytest.raises(Interrupted):
            made.compile()
    made._forget()
    history = History(made.project.root, {})
    assert len(history.leaves("shop")) == 1
    said = set(made.check().values())
    assert said
    assert "edited" not in said
    if not recompiled:
        assert not waiting_for(history)
        assert len(made.generated()) == after
    made.compile(force=recompiled)
    interrupted = made.generated()
    assert made.check() == {}
    made.remove(*interrupted)
    made.compile()
    assert made.generated() == interrupted
    assert not list(made.project.root.glob("shop/migrations/*.py.tmp"))


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_an_error_leaves_nothing_changed(made: Workshop, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    before = made.texts()
    with monkeypatch.context() as patch:
        interrupt(patch, after, OSError(28, "No space left on device"))
        with pytest.raises(SpecError) as caught:
            made.compile()
    assert [found.code for found in caught.value.diagnostics] == ["E603"]
    assert made.texts() == before
    assert not list(made.project.root.glob("shop/migrations/.*.tmp"))
