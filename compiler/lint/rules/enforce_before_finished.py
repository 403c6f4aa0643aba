"""enforce-before-finished: a column is filled and made to hold something in one release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db.migrations.operations import AddConstraint, AlterUniqueTogether
from django.db.migrations.state import ModelState

from migspec.compiler.lint.altering import altered, in_database
from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.schemas.effects import names_in
from migspec.schemas.fields.alteration import has_db_default
from migspec.schemas.references import shown


class EnforceBeforeFinished(Rule):
    """The release that is running does not know the new column and goes on inserting rows without it: between the fill
    and the constraint it leaves NULLs, on which the constraint fails, and after it its inserts fail.

    Enforce in the next release, when all code that runs fills the column. A default in the database fills it at once.
    """

    code: ClassVar[str] = "MIG307"
    bad: ClassVar[str] = """
    - add_field: Book.state
      field: {type: CharField, max_length: 20, nullable: true}
    - update_rows: Book
      set: {state: {map: {1: planned, 2: printed, 3: gone}, field: status}}
      allow: [{rule: no-dual-write, reason: Book.save() writes both since 2.3}]
    - alter_field: Book.state
      field: {nullable: false}
    """
    good: ClassVar[str] = """
    - add_field: Book.state
      field: {type: CharField, max_length: 20, nullable: true}
    - update_rows: Book
      set: {state: {map: {1: planned, 2: printed, 3: gone}, field: status}}
      allow: [{rule: no-dual-write, reason: Book.save() writes both since 2.3}]
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for one in altered(judged):
            tightened = one.old.null and not one.new.null and not has_db_default(one.new)
            if tightened and is_new(judged, one.model, one.name):
                yield self.found(judged, one.model, one.name, "NOT NULL")
        for operation, model in in_database(judged, AddConstraint):
            for name in sorted(set(names_in(operation.constraint))):
                if is_new(judged, model, name) and not has_db_default(model.fields[name]):
                    yield self.found(judged, model, name, f"'{operation.constraint.name}'")
                    break
        for together, model in in_database(judged, AlterUniqueTogether):
            for name in sorted({name for names in together.unique_together or () for name in names}):
                if is_new(judged, model, name):
                    yield self.found(judged, model, name, "unique_together")
                    break

    def found(self, judged: Judged, model: ModelState, name: str, what: str) -> Found:
        return Found(
            message=f"code that is running inserts rows into {shown(judged.scope, model)} without '{name}', before and "
            f"after {what} is enforced",
            advice="leave it to a spec of the next release, when all code that runs fills the column:",
            later=[judged.data],
        )


def is_new(judged: Judged, model: ModelState, name: str) -> bool:
    return judged.made.is_old(model) and ((model.app_label, model.name_lower), name) in judged.made.fields
