"""One entry of a spec's `tests`: rows before the change, and the rows after it and after rolling back."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from migspec.schemas.complaint import complaint
from migspec.schemas.names import ModelRef
from migspec.schemas.step import Part

# Rows by model; a row is a mapping of columns, and what it leaves out gets a value that fits.
Rows = dict[ModelRef, list[dict[str, Any]]]


class SpecTest(Part):
    """Rows that show that a spec does what it should."""

    name: Annotated[str, Field(description="What the rows show.", min_length=1, examples=["the newest address stays"])]
    given: Annotated[Rows | None, Field(description="The rows before the change; other tables are empty.")] = None
    expect: Annotated[Rows | None, Field(description="The rows after the change.")] = None
    expect_reversed: Annotated[
        Literal["same"] | Rows | None,
        Field(description="The rows after rolling back; `same` for the given ones."),
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
