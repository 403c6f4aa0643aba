"""Numbers of rows within a group: `{row_number: {within: author_id, order_by: published}}`."""

from __future__ import annotations

from typing import Annotated, Literal

from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas.data import rows
from migspec.schemas.data.literals import PLURAL, kind_of
from migspec.schemas.data.paths import AnyField, primary_key
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

Names = str | Annotated[list[str], Field(min_length=1)]


class RowNumber(Part):
    """How rows are numbered."""

    order_by: Annotated[
        Names | None,
        Field(description="Columns, '-' for descending; rows without a value come last, the primary key decides."),
    ] = None
    within: Annotated[Names | None, Field(description="Columns of which each value is numbered anew.")] = None
    start: Annotated[int, Field(description="The first number.")] = 1
    step: Annotated[int, Field(description="How far apart the numbers are.", ge=1)] = 1


class RowNumberPart(Part):
    """The number of the row among those that the step selects."""

    row_number: RowNumber


def numbered(
    field: AnyField,
    part: RowNumberPart,
    model: ModelState | None,
    of: Literal["row", "source"],
    scope: Scope,
    *at: str | int,
) -> rows.Numbered:
    """Give what the value means; E303 for columns that are not there, E307 for a column that holds no numbers."""
    kind = kind_of(field, scope)
    if kind not in (None, "whole number", "decimal", "number"):
        raise scope.error("E307", f"'{field.attname}' holds {PLURAL[kind]}, and this is a number", *at)
    assert model is not None
    said, inside = part.row_number, (*at, "row_number")

    def paths(names: str | list[str] | None, key: str) -> list[str]:
        found = []
        for index, name in enumerate([names] if isinstance(names, str) else names or []):
            where = (*inside, key) if isinstance(names, str) else (*inside, key, index)
            sign = "-" if key == "order_by" and name.startswith("-") else ""
            found.append(sign + scope.column_path(model, name.removeprefix(sign), *where)[0])
        return found

    within, order = paths(said.within, "within"), paths(said.order_by, "order_by")
    given = {name.removeprefix("-") for name in order}
    keys = primary_key(scope.state, model)
    order += [name for name in keys if name not in given and not (len(keys) == 1 and "pk" in given)]
    return rows.Numbered(tuple(within), tuple(order), said.start, said.step, of)
