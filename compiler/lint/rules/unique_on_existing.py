"""unique-on-existing: a table with rows is to hold no value twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from django.db import models
from django.db.migrations.operations import AddConstraint, AlterUniqueTogether
from django.db.migrations.state import ModelState

from migspec.compiler.lint.altering import altered, in_database
from migspec.compiler.lint.rule import Data, Found, Judged, Rule
from migspec.schemas.data.paths import bound
from migspec.schemas.effects import table_name
from migspec.schemas.references import shown


class UniqueOnExisting(Rule):
    """It fails on the first value that stands twice, after the migration has done its other work, and writes wait while
    its index is built.

    Look for values that stand twice, and settle them in an earlier step. PostgreSQL builds the index beside the writes
    and then makes the constraint of it.
    """

    code: ClassVar[str] = "MIG204"
    bad: ClassVar[str] = """
    - add_constraint: Book
      constraint: {type: UniqueConstraint, fields: [title, author], name: book_title_once}
    """
    good: ClassVar[str] = """
    - run_sql: CREATE UNIQUE INDEX CONCURRENTLY "book_title_once" ON "library_book" ("title", "author_id")
      uses: [Book]
      reverse: DROP INDEX CONCURRENTLY IF EXISTS "book_title_once"
      atomic: false
      only: postgresql
    - run_sql: ALTER TABLE "library_book" ADD CONSTRAINT "book_title_once" UNIQUE USING INDEX "book_title_once"
      uses: [Book]
      state_operations:
        - add_constraint: Book
          constraint: {type: UniqueConstraint, fields: [title, author], name: book_title_once}
      reverse: ALTER TABLE "library_book" DROP CONSTRAINT "book_title_once"
      only: postgresql
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for operation, model in in_database(judged, AddConstraint):
            constraint = operation.constraint
            if isinstance(constraint, models.UniqueConstraint) and is_old(judged, model, constraint.fields):
                only_postgresql = judged.vendors == {"postgresql"} and judged.step.verb == "add_constraint"
                if constraint.fields and constraint.condition is None and not constraint.deferrable and only_postgresql:
                    yield self.found(judged, model, constraint.fields, instead=beside(judged, model, constraint))
                else:
                    yield self.found(judged, model, constraint.fields)
        for one in altered(judged):
            if one.new.unique and not one.old.unique and judged.made.is_old(one.model, one.name):
                yield self.found(judged, one.model, [one.name])
        for together, model in in_database(judged, AlterUniqueTogether):
            old = {tuple(names) for names in model.options.get("unique_together") or ()}
            for names in sorted({tuple(names) for names in together.unique_together or ()} - old):
                if is_old(judged, model, names):
                    yield self.found(judged, model, names)

    def found(self, judged: Judged, model: ModelState, fields: Sequence[str], instead: Sequence[Data] = ()) -> Found:
        label = shown(judged.scope, model)
        named = " and ".join(f"'{name}'" for name in fields) or "these values"
        listed = ", ".join(f'"{name}"' for name in columns(model, fields))
        query = f'SELECT {listed}, COUNT(*) FROM "{table_name(model)}" GROUP BY {listed} HAVING COUNT(*) > 1'
        look = f"look for values that stand twice: {query};\n" if fields else ""
        return Found(
            message=f"rows of {label} may hold {named} twice, and writes wait while the index is built",
            advice=look
            + ("then build the index beside the writes:" if instead else "settle them in a step before, and say so:"),
            instead=instead or [judged.allowed(self, "counted: no value stands twice")],
        )


def is_old(judged: Judged, model: ModelState, fields: Sequence[str]) -> bool:
    """Whether all columns were there before the spec; new ones hold what the spec puts there."""
    return all(judged.made.is_old(model, name) for name in fields)


def columns(model: ModelState, fields: Sequence[str]) -> list[str]:
    return [str(bound(model, name, model.fields[name]).column) for name in fields if name in model.fields]


def beside(judged: Judged, model: ModelState, constraint: models.UniqueConstraint) -> list[Data]:
    """Give the steps that build the index first and make the constraint of it (PostgreSQL)."""
    label, name, table = shown(judged.scope, model), constraint.name, table_name(model)
    listed = ", ".join(f'"{column}"' for column in columns(model, constraint.fields))
    only = {"only": "postgresql"} if judged.scope.vendors - {"postgresql"} else {}
    return [
        {
            "run_sql": f'CREATE UNIQUE INDEX CONCURRENTLY "{name}" ON "{table}" ({listed})',
            "uses": [label],
            "reverse": f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"',
            "atomic": False,
            **only,
        },
        {
            "run_sql": f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" UNIQUE USING INDEX "{name}"',
            "uses": [label],
            "state_operations": [{"add_constraint": label, "constraint": judged.data.get("constraint")}],
            "reverse": f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
            **only,
        },
    ]
