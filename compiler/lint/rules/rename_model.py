"""rename-model: a table gets another name while code that knows the old one is running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db import migrations

from migspec.compiler.lint.altering import in_database
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.schemas.effects import join_tables, table_name
from migspec.schemas.references import shown


class RenameModel(Rule):
    """No moment is right for renaming a table: before it the new code fails, after it the old one. The columns of join
    tables, and the rows of content types and permissions, are named after the model too.

    Rename the class alone and let it keep its table with db_table; models.py then says db_table too.
    """

    code: ClassVar[str] = "MIG104"
    bad: ClassVar[str] = """
    - rename_model: Loan
      to: Lending
    """
    good: ClassVar[str] = """
    - alter_model_table: Loan
      table: library_loan
    - rename_model: Loan
      to: Lending
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for _, model in in_database(judged, migrations.RenameModel):
            if model.options.get("db_table"):
                continue
            label, table = shown(judged.scope, model), table_name(model)
            joined = ""
            if join_tables(model):
                joined = "; its join tables are renamed all the same, unless they have models"
            yield Found(
                message=f"code that is running knows the table of {label} by its old name, the new code by the new",
                advice=f"keep the table; models.py says db_table = '{table}' too{joined}:",
                instead=[{"alter_model_table": label, "table": table}, judged.data],
                mechanical=not joined,
            )
