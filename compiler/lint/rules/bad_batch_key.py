"""bad-batch-key: code that goes through a table by counting rows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.compiler.lint.sql import statements
from migspec.schemas.changes import PythonChange

OFFSET = re.compile(r"\bLIMIT\b.*\bOFFSET\b", re.IGNORECASE | re.DOTALL)
KEYSET = "go by the primary key: .order_by('pk').filter(pk__gt=last)[:1000]; update_rows does it by itself"


class BadBatchKey(Rule):
    """Pages that are counted, by OFFSET or a slice that moves, skip rows or take them twice when rows come, go or
    change in between, and each page reads all the ones before it.

    Go by the primary key: the next page begins after the last key of this one.
    """

    code: ClassVar[str] = "MIG304"
    bad: ClassVar[str] = """
    - run_python: |
        books = apps.get_model("library", "Book").objects.using(schema_editor.connection.alias)
        for start in range(0, books.count(), 1000):
            for book in books.all()[start : start + 1000]:
                book.title = book.title.strip()
                book.save(update_fields=["title"])
      uses: [Book]
      reverse: {noop: blanks are not missed}
    """
    good: ClassVar[str] = """
    - run_python: |
        books = apps.get_model("library", "Book").objects.using(schema_editor.connection.alias)
        last = 0
        while page := list(books.filter(pk__gt=last).order_by("pk")[:1000]):
            for book in page:
                book.title = book.title.strip()
                book.save(update_fields=["title"])
            last = page[-1].pk
      uses: [Book]
      reverse: {noop: blanks are not missed}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for change in judged.changes:
            if isinstance(change, PythonChange) and (line := counted(change.body)):
                allowed = [judged.allowed(self, "nobody writes to the table meanwhile")]
                message = f"line {line} of the code counts rows to find its next page"
                yield Found(message=message, advice=f"{KEYSET}; or say why it may:", instead=allowed)
        if any(OFFSET.search(statement) for statement in statements(judged)):
            allowed = [judged.allowed(self, "nobody writes to the table meanwhile")]
            message = "this SQL counts rows to find its next page (OFFSET)"
            yield Found(message=message, advice=f"{KEYSET}; or say why it may:", instead=allowed)


def counted(body: str) -> int:
    """Give the line of a slice that begins at a variable, inside a loop, or of a Paginator; 0 without one."""
    tree = ast.parse(body)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Paginator":
            return node.lineno
        if isinstance(node, ast.For | ast.While):
            for inner in ast.walk(node):
                if (
                    isinstance(inner, ast.Slice)
                    and inner.lower is not None
                    and not isinstance(inner.lower, ast.Constant)
                ):
                    sliced = next(
                        one for one in ast.walk(tree) if isinstance(one, ast.Subscript) and one.slice is inner
                    )
                    if any(isinstance(part, ast.Call) for part in ast.walk(sliced.value)):
                        return inner.lineno
    return 0
