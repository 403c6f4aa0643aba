"""required-field-no-db-default: a NOT NULL column that code of the last release does not fill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.migrations.operations import AddField

from migspec.compiler.lint.altering import in_database
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.spelling import element
from migspec.schemas.fields.alteration import has_db_default


class RequiredFieldNoDbDefault(Rule):
    """Django gives the rows that are there the field's default and then drops the default of the column: the release
    that is running inserts rows without the column, and fails.

    Give the column a default in the database (db_default), or make it nullable and tighten it in a later release.
    """

    code: ClassVar[str] = "MIG105"
    bad: ClassVar[str] = """
    - add_field: Book.language
      field: {type: CharField, max_length: 2, default: en}
    """
    good: ClassVar[str] = """
    - add_field: Book.language
      field: {type: CharField, max_length: 2, default: en, db_default: en}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        written: Any = judged.data.get("field")
        for operation, model in in_database(judged, AddField):
            field = operation.field
            if field.null or field.many_to_many or has_db_default(field) or getattr(field, "generated", False):
                continue
            label = element(judged.scope, model, operation.name)
            message = f"code that is running inserts rows without {label}, which takes no NULL"
            if not isinstance(written, dict):
                advice = (
                    f"add 'null=True' to the field, fill it, and tighten it in a later release: alter_field: {label}"
                )
                yield Found(message=message, at=("field",), advice=advice)
            elif isinstance(written.get("default"), (bool, int, str)) and field.remote_field is None:
                yield Found(
                    message=message,
                    at=("field",),
                    advice="let the database fill it too:",
                    instead=[judged.rewritten(field=written | {"db_default": written["default"]})],
                    mechanical=True,
                )
            else:
                yield Found(
                    message=message,
                    at=("field",),
                    advice="let it be NULL in this release:",
                    instead=[judged.rewritten(field=written | {"nullable": True})],
                    later=[{"alter_field": label, "field": {"nullable": False}}],
                )
