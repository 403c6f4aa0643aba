"""volatile-or-generated-add: a new column that the database has to compute for every row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import models
from django.db.migrations.operations import AddField

from migspec.compiler.lint.altering import in_database
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.spelling import element
from migspec.schemas.references import shown

# Functions whose value is another in each row; Now() is the same in a whole statement.
VOLATILE = {"Random", "RandomUUID", "TransactionNow", "UUID4", "UUID7"}


class VolatileOrGeneratedAdd(Rule):
    """A constant default is noted in the catalogue; a default that differs by row, a stored generated column or a
    sequence makes the database write the whole table anew while nobody can use it.

    Add the column without it, give new rows the default, and fill the old ones in ranges.
    """

    code: ClassVar[str] = "MIG206"
    bad: ClassVar[str] = """
    - add_field: Book.lot
      field: {type: FloatField, nullable: true, db_default: {expr: "Random()"}}
    """
    good: ClassVar[str] = """
    - add_field: Book.lot
      field: {type: FloatField, nullable: true}
    - alter_field: Book.lot
      field: {db_default: {expr: "Random()"}}
    - update_rows: Book
      set: {lot: {expr: "Random()"}}
      where: {lot__isnull: true}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        written: Any = judged.data.get("field")
        for operation, model in in_database(judged, AddField):
            field: Any = operation.field
            label = element(judged.scope, model, operation.name)
            said = f"the table of {shown(judged.scope, model)} is written anew while nobody can use it: {label}"
            if getattr(field, "generated", False) and field.db_persist:
                allowed = [judged.allowed(self, "the table is small")]
                advice = "fill a plain column with update_rows and keep it current in save(), or say why it may:"
                yield Found(message=f"{said} is computed and stored", at=("field",), advice=advice, instead=allowed)
            elif isinstance(field, models.AutoField | models.BigAutoField | models.SmallAutoField):
                allowed = [judged.allowed(self, "the table is small")]
                yield Found(message=f"{said} is numbered", at=("field",), advice="say why it may:", instead=allowed)
            elif is_volatile(getattr(field, "db_default", None)):
                default = written.get("db_default") if isinstance(written, dict) else None
                if default is None:
                    yield Found(
                        message=f"{said} differs by row",
                        at=("field",),
                        advice="give it db_default in a step of its own",
                    )
                    continue
                plain = {key: value for key, value in written.items() if key != "db_default"} | {"nullable": True}
                expression = default if isinstance(default, dict) else {"value": default}
                where = {f"{operation.name}__isnull": True}
                yield Found(
                    message=f"{said} differs by row",
                    at=("field", "db_default"),
                    advice="give new rows the default, and fill the old ones:",
                    instead=[
                        judged.rewritten(field=plain),
                        {"alter_field": label, "field": {"db_default": default}},
                        {
                            "update_rows": shown(judged.scope, model),
                            "set": {operation.name: expression},
                            "where": where,
                        },
                    ],
                    mechanical=bool(field.null),
                )


def is_volatile(value: Any) -> bool:
    """Whether an expression calls a function whose value is another in each row."""
    if type(value).__name__ in VOLATILE:
        return True
    return any(is_volatile(part) for part in getattr(value, "get_source_expressions", list)())
