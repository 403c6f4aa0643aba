"""The values that the readers give."""

from __future__ import annotations

import copy
import pickle

from migspec.dsl.source import WrittenFloat, place_of


def test_a_float_keeps_its_digits_when_copied() -> None:
    for number in (copy.deepcopy(WrittenFloat("3.10")), pickle.loads(pickle.dumps(WrittenFloat("3.10")))):
        assert type(number) is WrittenFloat
        assert (number, number.written) == (3.1, "3.10")


def test_a_place_behind_the_end_is_the_end() -> None:
    place = place_of("spec.yaml", ["a: 1", "b: 2"], (7, 3, 9))
    assert (place.line, place.column, place.width, place.text) == (2, 5, 1, "b: 2")
