"""drop-field: a column goes while code that knows it is running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db.migrations.operations import RemoveField

from migspec.compiler.lint.altering import in_database
from migspec.compiler.lint.rule import Data, Found, Judged, Rule
from migspec.compiler.lint.spelling import column_data, element
from migspec.schemas.fields.alteration import has_db_default


class DropField(Rule):
    """Django selects and inserts every column by name, so the release that is running fails on each row of the table
    from the moment the column goes until the new code is everywhere; and the values are gone.

    Take the field out of the state first and deploy that. A column that nobody fills has to be nullable, or has to
    have a default in the database. The column goes in a later release.
    """

    code: ClassVar[str] = "MIG101"
    bad: ClassVar[str] = """
    - remove_field: Book.pages
    """
    good: ClassVar[str] = """
    - remove_field: Book.pages
      state_only: true
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        if judged.step.verb == "drop_column":  # the later release
            return
        for operation, model in in_database(judged, RemoveField):
            field = model.fields.get(operation.name)
            if field is None or not judged.made.is_old(model, operation.name):
                continue
            label = element(judged.scope, model, operation.name)
            fills_itself = field.null or field.many_to_many or has_db_default(field)
            loosened: list[Data] = [] if fills_itself else [{"alter_field": label, "field": {"nullable": True}}]
            remaining = {} if fills_itself else {"null": True}
            yield Found(
                message=f"code that is running selects {label}, and fails when the column is gone",
                advice="let only the state forget it in this release:",
                instead=[*loosened, {"remove_field": label, "state_only": True}],
                later=[{"drop_column": label, "field": column_data(field, judged.scope, **remaining)}],
            )
