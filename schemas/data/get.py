"""The key of one row that conditions find, as a value: `parent_id: {get: {name: Books}}`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from migspec.schemas.data import rows
from migspec.schemas.data.conditions import Where, condition
from migspec.schemas.data.forms import LiteralPart, Scalar, form
from migspec.schemas.data.literals import pointed_at
from migspec.schemas.data.paths import AnyField, Held, target
from migspec.schemas.python.computed import ExpressionPart
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part


class GetPart(Part):
    """The key of the one row that these lookups find, as Django's get() finds it; for foreign keys."""

    get: Annotated[Where, Field(description="Which row of the model that the foreign key points to.")]


def form_of_new_value(value: Any) -> str | None:
    return form(value, ("value", "get", "expr"))


NewRow = Annotated[
    dict[
        str,
        Annotated[
            Annotated[Scalar, Tag("literal")]
            | Annotated[LiteralPart, Tag("value")]
            | Annotated[GetPart, Tag("get")]
            | Annotated[ExpressionPart, Tag("expr")],
            Discriminator(
                form_of_new_value,
                custom_error_type="E204",
                custom_error_message="here stands a literal, {value: ...}, {get: ...} or {expr: ...}",
            ),
        ],
    ],
    Field(min_length=1),
]


def got(field: AnyField, part: GetPart, scope: Scope, *at: str | int) -> rows.KeyOf:
    """Give what the value means; E307 for a column that is no foreign key."""
    model = pointed_at(field, scope)
    key = target(scope.state, Held(model, field)) if model is not None else None
    if model is None or key is None:
        message = f"'{field.attname}' is no foreign key, and get finds the row that one points to"
        raise scope.error("E307", message, *at, "get", key=True)
    where = condition(part.get, model, scope, *at, "get")
    return rows.KeyOf(scope.key(model), where, key.field.attname)
