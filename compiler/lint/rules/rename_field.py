"""rename-field: a column gets another name while code that knows the old one is running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db import migrations

from migspec.compiler.lint.altering import in_database
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.spelling import element
from migspec.schemas.changes import SchemaChange
from migspec.schemas.data.join_tables import makes_table
from migspec.schemas.data.paths import bound
from migspec.schemas.effects import table_name


class RenameField(Rule):
    """No moment is right for renaming a column: before it the new code fails, after it the old one.

    Rename the field in Python alone and let it keep its column with db_column; models.py then says db_column too.
    """

    code: ClassVar[str] = "MIG103"
    bad: ClassVar[str] = """
    - rename_field: Book.summary
      to: abstract
    """
    good: ClassVar[str] = """
    - alter_field: Book.summary
      field: {db_column: summary}
    - rename_field: Book.summary
      to: abstract
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for operation, model in in_database(judged, migrations.RenameField):
            unbound = model.fields.get(operation.old_name)
            if unbound is None or not judged.made.is_old(model, operation.old_name):
                continue
            field = bound(model, operation.old_name, unbound)
            if field.many_to_many:
                if not makes_table(field) or field.db_table:  # type: ignore[attr-defined]
                    continue
                kept = {"db_table": f"{table_name(model)}_{operation.old_name}"}
            elif field.db_column or not field.column:
                continue
            else:
                kept = {"db_column": field.column}
            label = element(judged.scope, model, operation.old_name)
            [(key, name)] = kept.items()
            message = f"code that is running knows {label} by its old name in the database, the new code by the new"
            if comes_again(judged, operation.old_name):
                yield Found(message=message, advice=f"keep '{operation.old_name}', and give the new field another name")
                continue
            yield Found(
                message=message,
                advice=f"keep the {'table' if field.many_to_many else 'column'}; models.py says {key}='{name}' too:",
                instead=[{"alter_field": label, "field": kept}, judged.data],
                mechanical=True,
            )


def comes_again(judged: Judged, name: str) -> bool:
    """Whether a later step adds a field of the old name, which then needs the column."""
    return any(
        isinstance(change, SchemaChange)
        and isinstance(change.operation, migrations.AddField)
        and change.operation.name == name
        for place in judged.later
        for change in place.changes
    )
