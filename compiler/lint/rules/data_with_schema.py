"""data-with-schema: rows and tables are changed by one step of the author's own code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.sql import ROWS, SCHEMA, statements
from migspec.schemas.changes import PythonChange

WRITING_ROWS = {"bulk_create", "bulk_update", "create", "delete", "get_or_create", "save", "update", "update_or_create"}
CHANGING_SCHEMA = {
    "add_constraint", "add_field", "add_index", "alter_db_table", "alter_field", "alter_unique_together",
    "create_model", "delete_model", "remove_constraint", "remove_field", "remove_index",
}  # fmt: skip


class DataWithSchema(Rule):
    """The locks of the table change are held until the last row is written. PostgreSQL refuses to alter a table after
    rows of it have changed in the same transaction, and MySQL commits in the midst of it.

    Change tables with schema steps and rows with data steps: the compiler puts them into files of their own.
    """

    code: ClassVar[str] = "MIG301"
    bad: ClassVar[str] = """
    - run_sql:
        - ALTER TABLE library_tag ADD COLUMN color varchar(10) NULL
        - UPDATE library_tag SET label = slug WHERE label = ''
      uses: [Tag]
      reverse: {irreversible: nobody needs it back}
    """
    good: ClassVar[str] = """
    - add_field: Tag.color
      field: {type: CharField, max_length: 10, nullable: true}
    - update_rows: Tag
      set: {label: {field: slug}}
      where: {label: ""}
      reverse: {noop: an empty label is not missed}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for change in judged.changes:
            if isinstance(change, PythonChange) and both(change.body):
                yield Found(
                    message="this code changes tables and rows in one transaction",
                    advice="use schema steps for the tables, and leave the rows to this step",
                )
        written = list(statements(judged))
        if any(SCHEMA.match(one) for one in written) and any(ROWS.match(one) for one in written):
            steps = parts(judged)
            advice = "make two steps of it, the tables and the rows each by themselves"
            yield Found(
                message="this SQL changes tables and rows in one transaction",
                advice=advice + (":" if steps else ""),
                instead=steps,
            )


def parts(judged: Judged) -> list[dict[str, object]]:
    """Split a list of statements into steps, each of one kind, in the author's order."""
    listed = judged.data["run_sql"]
    if not isinstance(listed, list) or not isinstance(judged.data.get("reverse"), dict):
        return []  # a reverse in SQL belongs to the whole
    groups: list[list[object]] = []
    kinds: list[bool] = []
    for item in listed:
        is_schema = bool(SCHEMA.match(item if isinstance(item, str) else str(item.get("sql", ""))))
        if not kinds or kinds[-1] != is_schema:
            groups.append([])
            kinds.append(is_schema)
        groups[-1].append(item)
    return [judged.data | {"run_sql": group} for group in groups]


def both(body: str) -> bool:
    """Whether code calls the schema editor to change tables, and methods that write rows."""
    schema, rows = False, False
    for node in ast.walk(ast.parse(body)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            on_editor = isinstance(node.func.value, ast.Name) and node.func.value.id == "schema_editor"
            schema |= on_editor and (node.func.attr in CHANGING_SCHEMA or executes_schema(node))
            rows |= not on_editor and node.func.attr in WRITING_ROWS
    return schema and rows


def executes_schema(node: ast.Call) -> bool:
    first = node.args[0] if node.args else None
    return (
        getattr(node.func, "attr", "") == "execute"
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and bool(SCHEMA.match(first.value))
    )
