"""Which of several rows counts: the first or the last in an order."""

from __future__ import annotations

from typing import Annotated

from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas.data.paths import primary_key
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part

Order = str | Annotated[list[str], Field(min_length=1)]


class FirstBy(Part):
    """The first source row in an order."""

    first_by: Annotated[
        Order, Field(description="Columns of the source, '-' for descending; NULL comes last.", examples=["-id"])
    ]


class LastBy(Part):
    """The last source row in an order."""

    last_by: Annotated[
        Order,
        Field(
            description="Columns of the source, '-' for descending; NULL counts only where nothing else is.",
            examples=["created"],
        ),
    ]


Pick = FirstBy | LastBy


def order_of(pick: Pick | None, model: ModelState, scope: Scope, *at: str | int) -> tuple[str, ...]:
    """Give the order of a pick, its first row the chosen one, completed by the primary key; NULL comes last."""
    if pick is None:
        return ()
    key = "first_by" if isinstance(pick, FirstBy) else "last_by"
    given = pick.first_by if isinstance(pick, FirstBy) else pick.last_by
    order: list[str] = []
    for index, text in enumerate([given] if isinstance(given, str) else given):
        place = (*at, key) if isinstance(given, str) else (*at, key, index)
        path, _, _ = scope.column_path(model, text.removeprefix("-"), *place)
        order.append(("-" if text.startswith("-") else "") + path)
    keys = primary_key(scope.state, model)
    named = {text.removeprefix("-") for text in order}
    order += [name for name in keys if name not in named and not (len(keys) == 1 and "pk" in named)]
    return tuple(order) if key == "first_by" else tuple(map(turned, order))


def turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"
