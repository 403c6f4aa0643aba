"""type-change-rewrite: a column becomes one of another type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.migrations.state import ModelState

from migspec.compiler.lint.altering import altered
from migspec.compiler.lint.rule import Data, Found, Judged, Rule
from migspec.compiler.lint.spelling import as_call, element, field_data
from migspec.schemas.data.paths import AnyField
from migspec.schemas.fields.alteration import narrower
from migspec.schemas.references import constraints, fields_of, indexes, shown


class TypeChangeRewrite(Rule):
    """The database writes the whole table anew while nobody can use it, and stops at the first value that does not fit;
    code that is running meets values of the other type.

    Add a column of the new type, fill it, read it in the next release, and drop the old one after that. Longer text
    and more digits before the point need no new column.
    """

    code: ClassVar[str] = "MIG205"
    bad: ClassVar[str] = """
    - alter_field: Book.status
      field: {type: CharField, max_length: 20}
    """
    good: ClassVar[str] = """
    - alter_field: Book.title
      field: {max_length: 300}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for one in altered(judged):
            if not judged.made.is_old(one.model, one.name) or not rewrites(one.model, one.old, one.new):
                continue
            label, copy = element(judged.scope, one.model, one.name), f"{one.name}_new"
            said = f"the table of {shown(judged.scope, one.model)} is written anew while nobody can use it"
            if narrower(one.model, one.old, one.new):
                said += f", if every value of '{one.name}' fits"
            if one.old.remote_field is not None or one.new.remote_field is not None or one.old.primary_key:
                yield Found(
                    message=said, advice=f"add a field beside {label}, fill it, and drop {label} in a later release"
                )
                continue
            cast = as_call(one.new.clone())
            expression = f"Cast('{one.name}', {cast})"
            yield Found(
                message=said,
                advice="fill a new column beside it:",
                instead=[
                    {
                        "add_field": element(judged.scope, one.model, copy),
                        "field": field_data(one.new, judged.scope, null=True),
                    },
                    {"update_rows": shown(judged.scope, one.model), "set": {copy: {"expr": expression}}},
                ],
                later=[*removals(judged, one.model, one.name), {"remove_field": label, "state_only": True}],
            )


def removals(judged: Judged, model: ModelState, name: str) -> Iterator[Data]:
    """Give the steps that take away the indexes and constraints of a column."""
    for verb, elements in (("remove_index", indexes(model)), ("remove_constraint", constraints(model))):
        for one in elements:
            if name in fields_of(judged.scope, model, one):
                yield {verb: element(judged.scope, model, one.name)}


def rewrites(model: ModelState, old: AnyField, new: AnyField) -> bool:
    """Whether the column's type changes in a way that databases cannot note in their catalogue alone."""
    if old.many_to_many or new.many_to_many:
        return False
    integers = BaseDatabaseOperations.integer_field_ranges
    before, after = old.get_internal_type(), new.get_internal_type()
    if before in integers and after in integers and before != after:
        return size(before) != size(after) or narrower(model, old, new)
    return narrower(model, old, new)


def size(kind: str) -> str:
    return kind.removeprefix("Positive").removesuffix("Field").removesuffix("Integer")
