"""callable-default-unique: one value for all rows where each was to get its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.migrations.operations import AddField

from migspec.compiler.lint.altering import in_database
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.spelling import element
from migspec.schemas.references import shown

# What gives another value with each call; dict, list and the like give the same.
DIFFERING = ("uuid", "secrets", "random", "get_random_string")


class CallableDefaultUnique(Rule):
    """Django calls the default of a new field once and gives all rows that are there this one value: the same uuid
    everywhere. (Where the field is unique, the compiler refuses it.)

    Add the field nullable and without the default, let update_rows call it for each row, then give it the default.
    """

    code: ClassVar[str] = "MIG207"
    bad: ClassVar[str] = """
    - add_field: Book.token
      field: {type: UUIDField, nullable: true, default: {expr: uuid.uuid4}}
    """
    good: ClassVar[str] = """
    - add_field: Book.token
      field: {type: UUIDField, nullable: true}
    - update_rows: Book
      set: {token: {expr: uuid.uuid4}}
    - alter_field: Book.token
      field: {default: {expr: uuid.uuid4}}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        written: Any = judged.data.get("field")
        for operation, model in in_database(judged, AddField):
            default: Any = operation.field.default
            origin = f"{getattr(default, '__module__', '')}.{getattr(default, '__name__', '')}"
            if not callable(default) or not any(word in origin for word in DIFFERING):
                continue
            label = element(judged.scope, model, operation.name)
            message = f"all rows of {shown(judged.scope, model)} get the one value that {origin} gives"
            call = written.get("default") if isinstance(written, dict) else None
            if call is None:
                yield Found(
                    message=message,
                    at=("field",),
                    advice=f"give {label} its default with alter_field, after filling it",
                )
                continue
            plain = {key: value for key, value in written.items() if key != "default"} | {"nullable": True}
            tightened = {} if operation.field.null else {"nullable": False}
            yield Found(
                message=message,
                at=("field", "default"),
                advice="fill it row by row:",
                instead=[
                    judged.rewritten(field=plain),
                    {
                        "update_rows": shown(judged.scope, model),
                        "set": {operation.field.clone().name or operation.name: call},
                    },
                    {"alter_field": label, "field": {"default": call, **tightened}},
                ],
                mechanical=True,
            )
