"""One entry of a spec's `tests`: rows before the change, and the rows after it and after rolling back."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from migspec.schemas.data.forms import ConstantValue, LiteralPart, Scalar, form
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.names import ModelRef
from migspec.schemas.python.computed import ExpressionPart
from migspec.schemas.step import Part

# --- values that cannot be known ---


class AnyPart(Part):
    """Some value, whichever; not NULL."""

    any: Annotated[Literal[True], Field(description="true: the column holds some value, not NULL.")]


class UniquePart(Part):
    """A value that no other row of the model has."""

    unique: Annotated[Literal[True], Field(description="true: no other row has the value, and it is not NULL.")]


def is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        column = (error.pos or 0) + 1
        raise complaint("E207", f"'{text}' is not a regular expression: {error.msg}", column=column) from None
    return text


class MatchesPart(Part):
    """A value whose text a regular expression matches from its beginning to its end."""

    matches: Annotated[
        str,
        AfterValidator(is_pattern),
        Field(description="A regular expression for the whole value, as text.", min_length=1, examples=["[0-9a-f]{8}"]),
    ]


class RecentPart(Part):
    """The time of the run."""

    recent: Annotated[Literal[True], Field(description="true: a date or a time of the last minutes.")]


Matcher = AnyPart | UniquePart | MatchesPart | RecentPart


def form_of_expected(value: Any) -> str | None:
    return form(value, ("value", "expr", "any", "unique", "matches", "recent"))


ExpectedValue = Annotated[
    Annotated[Scalar, Tag("literal")]
    | Annotated[LiteralPart, Tag("value")]
    | Annotated[ExpressionPart, Tag("expr")]
    | Annotated[AnyPart, Tag("any")]
    | Annotated[UniquePart, Tag("unique")]
    | Annotated[MatchesPart, Tag("matches")]
    | Annotated[RecentPart, Tag("recent")],
    Discriminator(
        form_of_expected,
        custom_error_type="E204",
        custom_error_message="here stands a literal, {value}, {expr}, {any: true}, {unique: true}, {matches} or"
        " {recent: true}",
    ),
]

# --- rows ---

# Rows by model; a row is a mapping of columns, and what it leaves out gets a value that fits.
GivenRows = dict[ModelRef, list[dict[str, ConstantValue]]]
ExpectedRows = dict[ModelRef, list[dict[str, ExpectedValue]]]


class SpecTest(Part):
    """Rows that show that a spec does what it should."""

    name: Annotated[str, Field(description="What the rows show.", min_length=1, examples=["the newest address stays"])]
    given: Annotated[
        GivenRows | None,
        Field(description="The rows before the change; other tables are empty, other columns hold something valid."),
    ] = None
    expect: Annotated[
        ExpectedRows | None,
        Field(description="The rows after the change: of each model here, these and no others."),
    ] = None
    expect_reversed: Annotated[
        Literal["same"] | ExpectedRows | None,
        Field(
            description="The rows after rolling back; `same` for the given ones."
            " Models that are not named here must come back as each step's reverse claims."
        ),
    ] = None
    expect_error: Annotated[
        str | None,
        Field(description="Words of the error that stops the change.", min_length=1),
    ] = None

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if self.expect is None and self.expect_reversed is None and self.expect_error is None:
            raise complaint("E201", "a test needs 'expect', 'expect_reversed' or 'expect_error'")
        if self.expect_error is not None and (self.expect is not None or self.expect_reversed is not None):
            other = "expect" if self.expect is not None else "expect_reversed"
            message = f"'expect_error' and '{other}' exclude each other"
            hint = "a change that stops leaves the rows as they were"
            raise complaint("E208", message, hint=hint, at=("expect_error",), key=True)
        return self
