"""index-not-concurrent: an index is built while writes wait (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.migrations.operations import AddIndex

from migspec.compiler.lint.altering import altered, in_database
from migspec.compiler.lint.names import short_name
from migspec.compiler.lint.rule import POSTGRESQL, Data, Found, Judged, Rule
from migspec.compiler.lint.spelling import element
from migspec.schemas.references import shown


class IndexNotConcurrent(Rule):
    """CREATE INDEX locks the table against writes until it has read all of it.

    CREATE INDEX CONCURRENTLY locks nobody out. It cannot run in a transaction, so the compiler puts it into a file of
    its own. Where it fails it leaves an invalid index behind, which has to be dropped before the next try.
    """

    code: ClassVar[str] = "MIG201"
    databases: ClassVar[frozenset[str]] = POSTGRESQL
    bad: ClassVar[str] = """
    - add_index: Book
      index: {fields: [published], name: book_published_idx}
    """
    good: ClassVar[str] = """
    - add_index: Book
      index: {fields: [published], name: book_published_idx}
      concurrently: true
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        others = judged.scope.vendors - {"postgresql"}
        without = " (the other databases go without the index)" if others and not judged.step.only else ""
        for operation, model in in_database(judged, AddIndex):
            if type(operation) is AddIndex:
                yield Found(
                    message=f"writes to {shown(judged.scope, model)} wait until '{operation.index.name}' is built",
                    advice=f"build it beside them{without}:",
                    instead=(
                        [judged.on_postgresql(judged.rewritten(concurrently=True))]
                        if judged.step.verb == "add_index"
                        else []
                    ),
                    mechanical=judged.step.verb == "add_index" and not without,
                )
        for one in altered(judged):
            old: Any = one.old
            new: Any = one.new
            if new.db_index and not (old.db_index or one.old.unique) and judged.made.is_old(one.model, one.name):
                label, model_label = element(judged.scope, one.model, one.name), shown(judged.scope, one.model)
                name = short_name(one.model.name_lower, one.name, "idx")
                index: Data = {
                    "add_index": model_label,
                    "index": {"fields": [one.name], "name": name},
                    "concurrently": True,
                }
                yield Found(
                    message=f"writes to {model_label} wait until the index on '{one.name}' is built",
                    at=("field",),
                    advice=f"leave db_index out of {label} and models.py, and name an index in its Meta{without}:",
                    instead=[judged.on_postgresql(index)],
                )
