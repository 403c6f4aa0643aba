"""lossy-mapping: values that may not fit the column that they are for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.db.migrations.state import ModelState

from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.schemas.data.paths import AnyField, columns, walk
from migspec.schemas.data.rows import Column, Insert, Lookups, Mapped, Update
from migspec.schemas.fields.alteration import length, narrower


class LossyMapping(Rule):
    """A value from a wider column stops the migration on PostgreSQL and is cut off without a word elsewhere; NULL does
    not fit a column that takes none; values that a map turns into NULL are gone.

    Widen the target, or say in the value what is to become of those that do not fit.
    """

    code: ClassVar[str] = "MIG305"
    bad: ClassVar[str] = """
    - add_field: Book.subtitle
      field: {type: CharField, max_length: 50, nullable: true}
    - update_rows: Book
      set: {subtitle: {field: title}}
    """
    good: ClassVar[str] = """
    - add_field: Book.subtitle
      field: {type: CharField, max_length: 50, nullable: true}
    - update_rows: Book
      set: {subtitle: {expr: "Left('title', 50)"}}
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        state = judged.scope.state
        for change in judged.changes:
            if not isinstance(change, (Update, Insert)) or (isinstance(change, Insert) and change.rows):
                continue
            model = state.models[change.model.lower]
            other = change.source if isinstance(change, Insert) else change.join and change.join.source
            source = state.models[other.lower] if other else None
            targets = columns(state, model)
            for name, value in change.assign:
                start = source if isinstance(value, Column) and value.of == "source" else model
                if isinstance(value, Mapped) and value.unmatched == "null":
                    yield self.nulled(judged, name)
                elif isinstance(value, Column) and start is not None and name in targets:
                    yield from self.narrowed(judged, targets[name].field, value, start, change)

    def nulled(self, judged: Judged, name: str) -> Found:
        return Found(
            message=f"values that are not in the map become NULL in '{name}'",
            at=place_of(judged, name),
            advice="say 'unmatched: error', or why it may:",
            instead=[judged.allowed(self, "values that are not in the map mean nothing any more")],
        )

    def narrowed(
        self, judged: Judged, target: AnyField, value: Column, start: ModelState, change: Update | Insert
    ) -> Iterator[Found]:
        walked = walk(judged.scope.state, start, value.path)
        if walked.held is None:
            return
        name, given, path = target.attname, walked.held.field, value.path.replace("__", ".")
        at = place_of(judged, name)
        # An expression reads columns of its own row; values that are cut off may repeat and find no rows.
        is_key = target.unique or name in getattr(change, "key", ())
        own = bool(at) and not is_key and not (value.of == "source" and isinstance(change, Update))
        before, after = given.get_internal_type(), target.get_internal_type()
        relations = given.remote_field or target.remote_field
        may_be_null = any(field.null for field in (*(hop.held.field for hop in walked.hops), given))
        if before in TEXT and after in TEXT and length(target) < length(given):
            held = f"up to {given.max_length}" if given.max_length else "any number of"
            fitted = judged.data.get("set", {}) | {name: {"expr": f"Left('{value.path}', {target.max_length})"}}
            yield Found(
                message=f"'{path}' holds {held} characters, and '{name}' takes {target.max_length}",
                at=at,
                advice=f"widen '{name}', or cut the values off" + (":" if own else " where they come from"),
                instead=[judged.rewritten(set=fitted)] if own else [],
            )
        elif before in RANGED and after in RANGED and not relations and narrower(start, given, target):
            yield Found(
                message=f"'{path}' is a {type(given).__name__}, and '{name}', a {type(target).__name__}, takes less",
                at=at,
                advice=f"widen '{name}', or say that every value fits:",
                instead=[judged.allowed(self, "counted: every value fits")],
            )
        if may_be_null and not target.null and not is_excluded(change, value.path):
            key = "source_where" if value.of == "source" and isinstance(change, Update) else "where"
            where = judged.data.get(key, {})
            chosen = where | {f"{value.path}__isnull": False} if isinstance(where, dict) else None
            yield Found(
                message=f"'{path}' may be NULL, and '{name}' takes no NULL",
                at=at,
                advice='leave these rows out, or give them a value with {expr: "Coalesce(...)"}'
                + (":" if chosen else ""),
                instead=[judged.rewritten(**{key: chosen})] if chosen else [],
            )


def place_of(judged: Judged, name: str) -> tuple[str, ...]:
    """Give the place of a column's value, if it is named by itself."""
    return ("set", name) if name in (judged.data.get("set") or {}) else ()


def is_excluded(change: Update | Insert, path: str) -> bool:
    """Whether a condition leaves out the rows that hold NULL there."""
    joined = change.join.where if isinstance(change, Update) and change.join else None
    return any(
        isinstance(where, Lookups) and (f"{path}__isnull", False) in where.items for where in (change.where, joined)
    )


TEXT = {"CharField", "SlugField", "FileField", "FilePathField", "TextField"}
RANGED = {
    "BigIntegerField", "IntegerField", "PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField",
    "SmallIntegerField", "DecimalField",
}  # fmt: skip
