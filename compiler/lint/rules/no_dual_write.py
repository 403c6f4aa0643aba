"""no-dual-write: rows that the last release writes after the fill keep old values in the new place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migspec.compiler.lint.rule import Found, Judged, Rule
from migspec.dsl.diagnostics import Level
from migspec.schemas.data.paths import columns
from migspec.schemas.data.rows import Insert, ModelKey, Update, value_paths


class NoDualWrite(Rule):
    """A copy is true for the moment in which it is made. The release that is running goes on writing the old column,
    and the copies of these rows are stale or missing.

    Let the code write both before the fill, and say so; or run the fill once more when the old code is gone.
    """

    code: ClassVar[str] = "MIG306"
    level: ClassVar[Level] = "warning"
    bad: ClassVar[str] = """
    - add_field: Book.heading
      field: {type: CharField, max_length: 200, nullable: true}
    - update_rows: Book
      set: {heading: {field: title}}
    """
    good: ClassVar[str] = """
    - add_field: Book.heading
      field: {type: CharField, max_length: 200, nullable: true}
    - update_rows: Book
      set: {heading: {field: title}}
      allow: [{rule: no-dual-write, reason: Book.save() writes both since 2.3}]
    """

    def check(self, judged: Judged) -> Iterator[Found]:
        for change in judged.changes:
            match change:
                case Update():
                    new = [
                        name
                        for name, value in change.assign
                        if is_new(judged, change.model, name) and list(value_paths(value))
                    ]
                    if new:
                        yield self.found(judged, f"{change.model.name}.{new[0]}")
                        return
                case Insert() if change.source is not None and change.model.lower in judged.made.models:
                    if change.source.lower not in judged.made.models:
                        yield self.found(judged, change.model.name)
                        return

    def found(self, judged: Judged, what: str) -> Found:
        return Found(
            message=f"what code that is running writes after this step is not in {what}",
            advice="let the code write both before, and say so:",
            instead=[judged.allowed(self, "the release that is running writes both")],
        )


def is_new(judged: Judged, model: ModelKey, attname: str) -> bool:
    """Whether the spec has added the column to a table that was there."""
    state = judged.scope.state.models[model.lower]
    held = columns(judged.scope.state, state).get(attname)
    return held is not None and judged.made.is_old(state) and (model.lower, held.field.name) in judged.made.fields
