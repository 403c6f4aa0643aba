"""tighten-null: NOT NULL on a column that may hold NULL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.migrations.operations import AddConstraint
from django.db.migrations.state import ModelState
from django.db.models import Q

from migspec.compiler.lint.altering import altered
from migspec.compiler.lint.names import short_name
from migspec.compiler.lint.rule import Data, Found, Judged, Rule
from migspec.compiler.lint.spelling import element
from migspec.schemas.changes import SchemaChange
from migspec.schemas.references import constraints, shown


class TightenNull(Rule):
    """It fails on the first row that holds NULL, and the whole table is read while nobody can write to it.

    Fill the rows first. PostgreSQL does not read the table again where a validated check constraint says already that
    there is no NULL, and validating one locks nobody out.
    """

    code: ClassVar[str] = "MIG106"
    bad: ClassVar[str] = """
    - alter_field: Book.pages
      field: {nullable: false}
    """
    good: ClassVar[str] = """
    - update_rows: Book
      set: {pages: 0}
      where: {pages__isnull: true}
      reverse: {noop: nobody misses the NULLs}
    - add_constraint: Book
      constraint: {type: CheckConstraint, condition: "Q(pages__isnull=False)", name: book_pages_not_null}
      not_valid: true
      only: postgresql
    - validate_constraint: Book.book_pages_not_null
      only: postgresql
    - alter_field: Book.pages
      field: {nullable: false}
    - remove_constraint: Book.book_pages_not_null
      only: postgresql
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for one in altered(judged):
            if not one.old.null or one.new.null or not judged.made.is_old(one.model, one.name):
                continue
            column = one.new.attname
            filled = judged.made.is_filled(one.model, column)
            checked = "postgresql" not in judged.vendors or is_checked(judged, one.model, one.name)
            if filled and checked:
                continue
            label, model = element(judged.scope, one.model, one.name), shown(judged.scope, one.model)
            fill: list[Data] = []
            if not filled:
                reverse = {"noop": "nobody misses the NULLs"}
                value = (
                    one.new.get_default() if one.new.has_default() and not callable(one.new.default) else blank(one.new)
                )
                fill = [
                    {
                        "update_rows": model,
                        "set": {column: value},
                        "where": {f"{column}__isnull": True},
                        "reverse": reverse,
                    }
                ]
            name = short_name(one.model.name_lower, one.name, "not_null")
            constraint = {"type": "CheckConstraint", "condition": f"Q({one.name}__isnull=False)", "name": name}
            before, after = (
                []
                if checked
                else [
                    judged.on_postgresql({"add_constraint": model, "constraint": constraint, "not_valid": True}),
                    judged.on_postgresql({"validate_constraint": f"{model}.{name}"}),
                ]
            ), ([] if checked else [judged.on_postgresql({"remove_constraint": f"{model}.{name}"})])
            yield Found(
                message=f"{label} may hold NULL, and making it NOT NULL "
                + (
                    "reads the whole table while nobody can write to it"
                    if filled
                    else "fails on the first row that does"
                ),
                advice="" if filled else "fill it first, with the value that is right for you:",
                instead=[*fill, *before, judged.data, *after],
                mechanical=filled,
            )


def is_checked(judged: Judged, model: ModelState, name: str) -> bool:
    """Whether a constraint that is not waiting for its validation says that the column holds no NULL."""
    says_so = Q((f"{name}__isnull", False))
    waiting = {
        change.operation.constraint.name
        for place in judged.earlier
        for change in place.changes
        if isinstance(change, SchemaChange) and isinstance(change.operation, AddConstraint)
    } - {place.step.about.name for place in judged.earlier if place.step.verb == "validate_constraint"}
    return any(
        getattr(constraint, "condition", None) == says_so and constraint.name not in waiting
        for constraint in constraints(model)
    )


def blank(field: Any) -> Any:
    """Give a value of the column's kind for the author to replace."""
    kind = field.get_internal_type()
    if field.remote_field is not None or kind.endswith("IntegerField") or kind in ("DecimalField", "FloatField"):
        return 0
    return {"BooleanField": False, "DateField": "2000-01-01", "DateTimeField": "2000-01-01T00:00:00Z"}.get(kind, "")
