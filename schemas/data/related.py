"""Whether a row has related rows: `{exists: loans, where: {...}}`."""

from __future__ import annotations

from typing import Annotated, Literal

from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas.data import rows
from migspec.schemas.data.conditions import Where, condition
from migspec.schemas.data.literals import PLURAL, kind_of
from migspec.schemas.data.lookups import walk_path
from migspec.schemas.data.paths import AnyField
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part


class ExistsPart(Part):
    """True where a related row is there, False where none is."""

    exists: Annotated[
        str,
        Field(description="A relation of the row to several others, as lookups name it.", min_length=1),
    ]
    where: Annotated[Where | None, Field(description="Which of the related rows count; all without it.")] = None


def existence(
    field: AnyField,
    part: ExistsPart,
    model: ModelState | None,
    of: Literal["row", "source"],
    scope: Scope,
    *at: str | int,
) -> rows.Existence:
    """Give what the value means; E303 where the name is no relation to several rows, E307 for a column of text."""
    kind = kind_of(field, scope)
    if kind not in (None, "boolean"):
        raise scope.error("E307", f"'{field.attname}' holds {PLURAL[kind]}, and this is true or false", *at)
    assert model is not None
    walked = walk_path(part.exists, model, scope, *at, "exists")
    if walked.held is not None or walked.rest or len(walked.hops) != 1:
        message = f"'{part.exists}' is not a relation of {model.name} to other rows"
        hint = "name one relation, and put what lies behind it into 'where'"
        raise scope.error("E303", message, *at, "exists", hint=hint)
    where = condition(part.where, walked.model, scope, *at, "where")
    paths = [f"{part.exists}__{path}" for path in (where.reads if where is not None else ())]
    return rows.Existence(part.exists, where, (part.exists, *paths), of)
