"""delete_rows: rows go, and what cascades from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from migspec.schemas.changes import Change
from migspec.schemas.data import rows
from migspec.schemas.data.conditions import LookupMapping, condition
from migspec.schemas.names import ModelRef
from migspec.schemas.python.expressions import ExpressionText
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep


def form_of_where(value: Any) -> str:
    return "all" if value == "all" else "lookups" if isinstance(value, dict) else "expression"


class DeleteRows(DataStep):
    """Delete the rows that a condition selects; on_delete of what points to them is followed as Django follows it."""

    example: ClassVar[str] = """
    delete_rows: Session
    where: {expires__lt: "2020-01-01T00:00:00Z"}
    reverse: {irreversible: expired sessions are of no use}
    """
    columns_of: ClassVar[dict[str, str]] = {"where": "delete_rows"}

    delete_rows: ModelRef
    where: Annotated[
        Annotated[Literal["all"], Tag("all")]
        | Annotated[LookupMapping, Tag("lookups")]
        | Annotated[ExpressionText, Tag("expression")],
        Discriminator(form_of_where),
        Field(description="Which rows: Django lookups, a Q expression, or `all`."),
    ]

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = scope.model(self.delete_rows, "delete_rows")
        where = None if self.where == "all" else condition(self.where, model, scope, "where")
        yield rows.Delete(model=scope.key(model), where=where)
