"""drop-model: a table goes while code that knows it is running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.migrations.operations import DeleteModel

from migspec.compiler.lint.altering import in_database
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.spelling import column_data
from migspec.schemas.references import shown


class DropModel(Rule):
    """The release that is running still reads and writes the table until the new code is everywhere, also where it only
    deletes a row that the table may point to; and the rows are gone.

    Take the model out of the state first, deploy that, and drop the table in a later release.
    """

    code: ClassVar[str] = "MIG102"
    bad: ClassVar[str] = """
    - delete_model: Loan
    """
    good: ClassVar[str] = """
    - delete_model: Loan
      state_only: true
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        if judged.step.verb == "drop_table":  # the later release
            return
        for _, model in in_database(judged, DeleteModel):
            label = shown(judged.scope, model)
            table: dict[str, Any] = {
                "drop_table": label,
                "fields": {name: column_data(field, judged.scope) for name, field in model.fields.items()},
            }
            if model.options.get("db_table"):
                table["options"] = {"db_table": model.options["db_table"]}
            yield Found(
                message=f"code that is running uses the table of {label}, and fails when it is gone",
                advice="let only the state forget it in this release:",
                instead=[{"delete_model": label, "state_only": True}],
                later=[table],
            )
