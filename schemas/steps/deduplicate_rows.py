"""deduplicate_rows: of the rows that agree in some columns, one stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.data import rows
from migspec.schemas.data.conditions import Where, condition
from migspec.schemas.data.distinct import is_key
from migspec.schemas.data.paths import Held, pointing_at, target, unique_sets
from migspec.schemas.data.picking import Pick, order_of
from migspec.schemas.effects import children
from migspec.schemas.errors.collect import Collected
from migspec.schemas.names import ModelRef
from migspec.schemas.references import shown
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep


class DeduplicateRows(DataStep):
    """Of the rows that agree in all columns of `key`, keep one; rows that point at the others point at it then.

    As for a unique constraint, NULL is equal to nothing. Of rows that would collide once they point at the same row,
    the first by primary key stays.
    """

    example: ClassVar[str] = """
    deduplicate_rows: Tag
    key: [slug]
    keep: {first_by: id}
    reverse: {irreversible: the same tag was entered several times}
    """
    columns_of: ClassVar[dict[str, str]] = {"key": "deduplicate_rows", "where": "deduplicate_rows"}

    deduplicate_rows: ModelRef
    key: Annotated[
        str | Annotated[list[str], Field(min_length=1)],
        Field(description="The column, or columns, in which rows that are the same agree."),
    ]
    keep: Annotated[Pick, Field(description="Which of these rows stays.")]
    where: Annotated[Where | None, Field(description="Which rows are looked at; all without it.")] = None
    children: Annotated[
        Literal["repoint", "on_delete"],
        Field(
            description="What becomes of rows that point at a row that goes: they point at the one that stays, or what"
            " their on_delete says."
        ),
    ] = "repoint"

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = scope.model(self.deduplicate_rows, "deduplicate_rows")
        problems = Collected()
        key: tuple[str, ...] = ()
        order: tuple[str, ...] = ()
        where: rows.Condition = None
        with problems.catching():
            key = self.columns(model, scope)
        with problems.catching():
            order = order_of(self.keep, model, scope, "keep")
        with problems.catching():
            where = condition(self.where, model, scope, "where")
        problems.throw()
        assert not isinstance(where, rows.Repeated)
        twins = rows.Repeated(key, order, where)
        if self.children == "repoint":
            links = pointing(model, scope)
            for held in links:
                self.check_child(held, model, twins, scope)
            for held in links:
                yield from self.folded(held, model, twins, scope)
            for held in links:
                yield self.repointed(held, model, twins, scope)
        yield rows.Delete(model=scope.key(model), where=twins, cascade=self.children == "on_delete")

    def columns(self, model: ModelState, scope: Scope) -> tuple[str, ...]:
        """Give the key by attname; E208 for a column that stands twice, E314 where no two rows can agree."""
        found: list[str] = []
        for index, name in enumerate([self.key] if isinstance(self.key, str) else self.key):
            at = ("key",) if isinstance(self.key, str) else ("key", index)
            attname = scope.column(model, name, *at).attname
            if attname in found:
                raise scope.error("E208", f"'{name}' stands twice in the key", *at, hint="remove one")
            found.append(attname)
        if is_key(model, found, scope.state):
            message = f"no two rows of {model.name} agree in {' and '.join(found)}: it is unique"
            raise scope.error("E314", message, "key", hint="deduplicate before the constraint is added")
        return tuple(found)

    # --- rows that point at rows that go ---

    def check_child(self, held: Held, model: ModelState, twins: rows.Repeated, scope: Scope) -> None:
        """E502 for relations whose rows cannot follow from row to row."""
        named = f"{shown(scope, held.model)}.{held.field.name}"
        if held.field.primary_key:
            message = f"{named} is the primary key, which cannot point at another row"
            hint = f"write children: on_delete, after a step that removes the rows of {held.model.name} that are to go"
            raise scope.error("E502", message, "deduplicate_rows", hint=hint)
        if held.model is not model:
            return
        if held.field.attname in {path.removeprefix("-") for path in twins.reads} or collisions(held, scope):
            message = f"{named} points at rows of the model itself, and takes part in what makes them the same"
            raise scope.error("E502", message, "key", hint="write the step as run_python")

    def folded(self, held: Held, model: ModelState, twins: rows.Repeated, scope: Scope) -> Iterator[rows.Delete]:
        """Remove rows that would collide with another one once both point at the row that stays."""
        for names in collisions(held, scope):
            links = [one for one in pointing(model, scope) if one.model is held.model]
            ends = {one.field.attname: one.field.name for one in links if one.field.attname in names}
            if len(ends) > 1 and held.field.attname != min(ends):
                continue  # the same rows by the other end
            self.check_fold(held, model, ends, twins, scope)
            key = [path for name in sorted(names) for path in behind(name, ends, twins.key)]
            where = within(held.field.name, twins.where) if twins.where else None
            order = ("pk",)
            yield rows.Delete(model=scope.key(held.model), where=rows.Repeated(tuple(key), order, where), cascade=False)

    def check_fold(
        self, held: Held, model: ModelState, ends: dict[str, str], twins: rows.Repeated, scope: Scope
    ) -> None:
        """E502 where rows that collide cannot be told, or have rows of their own that point at them."""
        others = pointing(held.model, scope)
        if others:
            named = ", ".join(f"{shown(scope, one.model)}.{one.field.name}" for one in others)
            message = f"rows of {held.model.name} may collide, and {named} points at them"
            hint = f"before this step, deduplicate {shown(scope, held.model)} by what will be the same"
            raise scope.error("E502", message, "deduplicate_rows", hint=hint)
        nullable = any(field.null for field in (scope.column(model, name) for name in twins.key))
        if isinstance(twins.where, rows.Filter) or (len(ends) > 1 and (twins.where or nullable)):
            message = f"which rows of {held.model.name} will collide is not told from this condition"
            raise scope.error("E502", message, "where" if twins.where else "key", hint="write 'where' as lookups")

    def repointed(self, held: Held, model: ModelState, twins: rows.Repeated, scope: Scope) -> rows.Update:
        key = target(scope.state, held)
        assert key is not None
        join = rows.Join(source=scope.key(model), on=((held.field.attname, key.field.attname),), where=twins)
        return rows.Update(
            model=scope.key(held.model), assign=((held.field.attname, rows.Kept(key.field.attname)),), join=join
        )


def pointing(model: ModelState, scope: Scope) -> list[Held]:
    """Give the foreign keys that point at rows of a model, by itself or by a proxy of it."""
    proxies = [child for child in children(scope, model) if child.options.get("proxy")]
    found = [held for one in (model, *proxies) for held in pointing_at(scope.state, one) if held.is_column]
    return list({(held.model.app_label, held.model.name, held.field.name): held for held in found}.values())


def collisions(held: Held, scope: Scope) -> list[frozenset[str]]:
    """Give the sets of columns that no two rows share and that the foreign key is one of."""
    return [names for names in unique_sets(scope.state, held.model) if held.field.attname in names]


def behind(name: str, ends: dict[str, str], key: Sequence[str]) -> list[str]:
    """Give what a column of a child will agree in: rows point at one row then if they point at rows of one key."""
    return [f"{ends[name]}__{path}" for path in key] if name in ends else [name]


def within(relation: str, where: Any) -> rows.Lookups:
    """Give a condition on the rows that a relation leads to."""

    def moved(value: Any) -> Any:
        return rows.Column(f"{relation}__{value.path}") if isinstance(value, rows.Column) else value

    assert isinstance(where, rows.Lookups)
    items = tuple((f"{relation}__{path}", moved(value)) for path, value in where.items)
    return rows.Lookups(items, tuple(f"{relation}__{path}" for path in where.reads))
