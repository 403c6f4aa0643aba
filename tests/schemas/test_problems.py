"""What is said of a value that a union does not take: one complaint, about the form that was meant."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Discriminator, Field, Tag, ValidationError

from migspec.dsl.read import read_text
from migspec.schemas.errors.problems import problems
from migspec.schemas.step import Part


class Size(Part):
    size: int
    unit: str = "rows"


class Range(Part):
    low: int
    high: int


class Reason(Part):
    reason: Annotated[str, Field(min_length=1)]


def form(value: Any) -> str:
    return "word" if isinstance(value, str) else "reason"


class Document(Part):
    one: Size | Literal["off", "on"] | None = None
    two: Range | Reason | list[Size] | None = None
    three: Annotated[Annotated[str, Tag("word")] | Annotated[Reason, Tag("reason")], Discriminator(form)] = "x"
    four: dict[Literal["left", "right"], Size | int] | None = None
    five: list[Size | Literal["off"]] | None = None


CASES = {
    "one: {size: many}": "1:13 E204 'size' takes a whole number, not the text 'many'",
    "one: {sise: 1}": "1:7 E202 'sise' is not a key of 'one' / did you mean 'size'?",
    "one: {}": "1:1 E201 'one' needs the key 'size' / add the key 'size'",
    "one: of": "1:6 E205 'one' takes {size: ...}, 'off' or 'on', not the text 'of' / did you mean 'off'?",
    "one: 3": "1:6 E204 'one' takes {size: ...}, 'off' or 'on', not the number 3",
    "two: {low: 1}": "1:1 E201 'two' needs the key 'high' / add the key 'high'",
    "two: {low: 1, reason: x}": "1:15 E208 'low' and 'reason' exclude each other in 'two' /"
    " 'two' takes {low: ..., high: ...}, {reason: ...} or a list",
    "two: {lo: 1}": "1:7 E202 'lo' is not a key of 'two' / did you mean 'low'?",
    "two: {}": "1:1 E201 'two' holds nothing / it takes {low: ..., high: ...}, {reason: ...} or a list",
    "two: {reason: ''}": "1:15 E205 'reason' is empty",
    "two: [{size: 1}, {size: x}]": "1:25 E204 'size' takes a whole number, not the text 'x'",
    "two: word": "1:6 E204 'two' takes {low: ..., high: ...}, {reason: ...} or a list, not the text 'word'",
    "three: 3": "1:8 E204 'three' takes text or {reason: ...}, not the number 3",
    "three: {reasn: x}": "1:9 E202 'reasn' is not a key of 'three' / did you mean 'reason'?",
    "four: {lft: 1}": "1:8 E202 'lft' is not a key of 'four' / did you mean 'left'?",
    "four: {left: x}": "1:14 E204 'left' takes {size: ...} or a whole number, not the text 'x'",
    "five: ['off', on]": "1:15 E205 an item of 'five' takes {size: ...} or 'off', not the text 'on'",
    "five: off": "1:7 E204 'five' takes a list, not the text 'off' / write a list: [\"off\"]",
    "six: 6": "1:1 E202 'six' is not a key of a spec / a spec takes one, two, three, four and five",
}


@pytest.mark.parametrize(("text", "expected"), CASES.items(), ids=CASES)
def test_one_complaint(text: str, expected: str) -> None:
    source = read_text(text, "a.yaml", "yaml")
    with pytest.raises(ValidationError) as caught:
        Document.model_validate(source.data)
    [found] = problems(caught.value, Document, source)
    said = f"{found.place.line}:{found.place.column} {found.code} {found.message}"
    assert said + (f" / {found.hint}" if found.hint else "") == expected


def test_what_a_validator_raises() -> None:
    """A plain ValueError becomes a complaint too, with what the exception knows."""
    from pydantic import AfterValidator

    class Word(ValueError):
        message, hint, column = "no such word", "write another", 3

    def refuse(text: str) -> str:
        raise Word

    class Holder(Part):
        word: Annotated[str, AfterValidator(refuse)]

    source = read_text("word: 'abcd'", "a.yaml", "yaml")
    with pytest.raises(ValidationError) as caught:
        Holder.model_validate(source.data)
    [found] = problems(caught.value, Holder, source)
    assert (found.code, found.message, found.hint) == ("E205", "no such word", "write another")
    assert (found.place.column, found.place.width) == (10, 1)
