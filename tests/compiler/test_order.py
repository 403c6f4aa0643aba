"""Packing changes into files: the fewest, in an order that keeps what must be kept."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migspec.compiler.planning.order import blockers, pack

KINDS = {"s": "schema", "d": "data", "c": "cleanup"}


def packed(letters: str, *conflicts: tuple[int, int]) -> list[list[int]]:
    before = blockers(len(letters), lambda i, j: (i, j) in conflicts)
    return pack(list(letters), before, late=lambda i: letters[i] == "c", alone=lambda i: letters[i] == "x")


@pytest.mark.parametrize(
    ("letters", "conflicts", "files"),
    [
        ("", (), []),
        ("s", (), [[0]]),
        ("sdsdc", ((0, 1), (2, 3), (1, 4), (3, 4)), [[0, 2], [1, 3], [4]]),
        # What is independent of everything destroys last, although its author wrote it first.
        ("csd", ((1, 2),), [[1], [2], [0]]),
        # A removal that an addition waits for cannot go last.
        ("cs", ((0, 1),), [[0], [1]]),
        # Alternating steps that depend on each other stay as they are.
        ("sdsd", ((0, 1), (1, 2), (2, 3)), [[0], [1], [2], [3]]),
        # What needs a file of its own gets it.
        ("sxx", (), [[0], [1], [2]]),
    ],
)
def test_files(letters: str, conflicts: tuple[tuple[int, int], ...], files: list[list[int]]) -> None:
    assert packed(letters, *conflicts) == files


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, frozenset[tuple[int, int]]]:
    letters = draw(st.text("sdc", min_size=1, max_size=6))
    pairs = [(i, j) for j in range(len(letters)) for i in range(j)]
    return letters, frozenset(draw(st.sets(st.sampled_from(pairs)))) if pairs else frozenset()


@given(orders())
def test_every_order_is_kept_and_no_packing_is_smaller(order: tuple[str, frozenset[tuple[int, int]]]) -> None:
    letters, conflicts = order
    files = packed(letters, *conflicts)
    place = {i: number for number, file in enumerate(files) for i in file}
    assert sorted(place) == list(range(len(letters)))
    assert all(len({letters[i] for i in file}) == 1 for file in files)
    assert all(place[i] <= place[j] for i, j in conflicts)
    assert all(place[i] < place[j] for i, j in conflicts if letters[i] != letters[j])
    assert len(files) == fewest(letters, conflicts)


def fewest(letters: str, conflicts: frozenset[tuple[int, int]]) -> int:
    """Try every order that keeps the conflicts, and count where the kind changes."""
    best = len(letters)
    for order in permutations(range(len(letters))):
        position = {i: at for at, i in enumerate(order)}
        if all(position[i] < position[j] for i, j in conflicts):
            best = min(best, 1 + sum(letters[a] != letters[b] for a, b in pairwise(order)))
    return best


def test_forty_steps_that_wait_for_each_other_are_packed_at_once() -> None:
    letters = "sdc" * 14
    conflicts = [(i, i + 3) for i in range(len(letters) - 3)]
    assert len(packed(letters, *conflicts)) <= 4
