"""constraint-validates-inline: every row is checked while writes wait (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db import models
from django.db.migrations.operations import AddConstraint

from migspec.compiler.lint.altering import in_database
from migspec.compiler.lint.rule import POSTGRESQL, Found, Judged, Rule
from migspec.schemas.references import shown


class ConstraintValidatesInline(Rule):
    """Adding a constraint reads every row under a lock that lets nobody read or write.

    Add the constraint as NOT VALID, which checks new rows only and is done at once, and validate it in a later
    transaction: that reads the rows without locking anybody out.
    """

    code: ClassVar[str] = "MIG203"
    databases: ClassVar[frozenset[str]] = POSTGRESQL
    bad: ClassVar[str] = """
    - add_constraint: Book
      constraint: {type: CheckConstraint, condition: "Q(pages__gt=0)", name: book_has_pages}
    """
    good: ClassVar[str] = """
    - add_constraint: Book
      constraint: {type: CheckConstraint, condition: "Q(pages__gt=0)", name: book_has_pages}
      not_valid: true
    - validate_constraint: Book.book_has_pages
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for operation, model in in_database(judged, AddConstraint):
            if type(operation) is not AddConstraint or not isinstance(operation.constraint, models.CheckConstraint):
                continue
            label, name = shown(judged.scope, model), operation.constraint.name
            others = judged.scope.vendors - {"postgresql"}
            without = " (the other databases go without it)" if others and not judged.step.only else ""
            yield Found(
                message=f"every row of {label} is checked against '{name}' while nobody can use the table",
                advice=f"check new rows first, and the others beside them{without}:",
                instead=(
                    [
                        judged.on_postgresql(judged.rewritten(not_valid=True)),
                        judged.on_postgresql({"validate_constraint": f"{label}.{name}"}),
                    ]
                    if judged.step.verb == "add_constraint"
                    else []
                ),
                mechanical=judged.step.verb == "add_constraint" and not without,
            )
