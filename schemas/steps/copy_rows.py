"""copy_rows: a row of one model for each row of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.dsl.diagnostics import nearest
from migspec.schemas.changes import Change
from migspec.schemas.data import rows
from migspec.schemas.data.conditions import Where, condition
from migspec.schemas.data.distinct import one_row, proved_distinct
from migspec.schemas.data.paths import columns, unique_sets
from migspec.schemas.data.values import Reader, SetMapping
from migspec.schemas.data.writing import inserted_column, key_columns, others, own_columns
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.pasting import line_hint
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep


class CopyRows(DataStep):
    """Insert a row into one model for each row of another; {field} and {source} both mean the row that is copied."""

    example: ClassVar[str] = """
    copy_rows: Central
    into: Billing
    copy: [street, city]
    set: {central_id: {source: id}}
    """
    columns_of: ClassVar[dict[str, str]] = {"set": "into", "key": "into", "copy": "copy_rows", "where": "copy_rows"}

    copy_rows: ModelRef
    into: Annotated[ModelRef, Field(description="The model that gets the rows.")]
    copy_: Annotated[
        Literal["all"] | Annotated[list[str], Field(min_length=1)] | None,
        Field(alias="copy", description="Columns that both models have by the same name, or `all` of these."),
    ] = None
    set: Annotated[SetMapping | None, Field(description="Columns of the new row and their values.")] = None
    where: Annotated[Where | None, Field(description="Which rows are copied; all without it.")] = None
    key: Annotated[
        str | Annotated[list[str], Field(min_length=1)] | None,
        Field(description="The column, or columns, by which a row is known to be there already."),
    ] = None
    existing: Annotated[
        Literal["skip", "update", "error"] | None,
        Field(description="What to do with a row whose key is there: skip (the default), update or error."),
    ] = None

    def changes(self, scope: Scope) -> Iterator[Change]:
        problems = Collected()
        source: ModelState | None = None
        into: ModelState | None = None
        with problems.catching():
            source = scope.model(self.copy_rows, "copy_rows")
        with problems.catching():
            into = scope.model(self.into, "into")
        if source is None or into is None:
            problems.throw()
            return
        assign: dict[str, rows.Value] = {}
        reader = Reader(scope=scope, own=None, source=source)
        for name, at in self.copied(source, into, scope):
            with problems.catching():
                self.check_copied(name, source, into, scope, *at)
                field = inserted_column(scope, into, name, *at)
                assign[field.attname] = reader.column(field, name, "source", *at)
        for name, value in (self.set or {}).items():
            with problems.catching():
                field = inserted_column(scope, into, name, "set", name)
                if field.attname in assign and self.copy_ != "all":
                    message = f"'{name}' stands in 'copy' and in 'set'"
                    raise scope.error("E208", message, "set", name, hint="leave it out of 'copy'", key=True)
                assign[field.attname] = reader.value(field, value, "set", name)
        where: rows.Condition = None
        with problems.catching():
            where = condition(self.where, source, scope, "where")
        key: tuple[str, ...] = ()
        with problems.catching():
            key = key_columns(self.key, self.existing, into, scope)
            for name in key:
                if name not in assign:
                    message = f"the key column '{name}' gets no value"
                    raise scope.error("E308", message, "key", hint=line_hint("set", {name: {"source": ...}}))
        problems.throw()
        if (
            key
            and all(isinstance(assign[name], rows.Constant) for name in key)
            and not one_row(source, where, scope.state)
        ):
            message = f"every row of {source.name} has the same key ({', '.join(key)}), so only one could be copied"
            raise scope.error("E318", message, "key", hint="add a column to 'key' that differs from row to row")
        self.check_distinct(assign, source, into, key, where, scope)
        others(scope, into, list(assign), "into", within="set")  # each has a value; a row that is there keeps its own
        yield rows.Insert(
            model=scope.key(into),
            source=scope.key(source),
            assign=tuple(assign.items()),
            where=where,
            key=key,
            existing=self.existing or "skip",
        )

    def copied(self, source: ModelState, into: ModelState, scope: Scope) -> Iterator[tuple[str, Sequence[str | int]]]:
        """Give each column of `copy` with its place."""
        known = columns(scope.state, source)
        if self.copy_ == "all":
            for name, held in own_columns(scope, into).items():
                if name in known and not getattr(held.field, "generated", False):
                    yield name, ("copy",)
            return
        for index, name in enumerate(self.copy_ or ()):
            yield name, ("copy", index)

    def check_copied(self, name: str, source: ModelState, into: ModelState, scope: Scope, *at: str | int) -> None:
        """E303 for a column of `copy` that only the target has; what the target has not either is said about that."""
        known = columns(scope.state, source)
        if name not in known and name in columns(scope.state, into):
            message = f"{source.name} has no column '{name}', so it cannot be copied by name"
            hint = nearest(name, known) or line_hint("set", {name: {"source": ...}}, "name its value:")
            raise scope.error("E303", message, *at, hint=hint)

    def check_distinct(
        self,
        assign: dict[str, rows.Value],
        source: ModelState,
        into: ModelState,
        key: Sequence[str],
        where: rows.Condition,
        scope: Scope,
    ) -> None:
        """E313 for a unique column whose values may repeat; a key that skips what is there settles it."""
        for names in unique_sets(scope.state, into):
            name = next(iter(names))
            if len(names) > 1 or name not in assign or (name in key and self.existing != "error"):
                continue
            value = assign[name]
            if not proved_distinct(as_own(value), model=source, source=None, join=None, where=where, state=scope.state):
                message = f"'{name}' of {into.name} is unique, and these values may repeat"
                at = ("set", name) if name in (self.set or {}) else ("copy",)
                line = ("existing", "skip") if name in key else ("key", name)
                hint = line_hint(*line, f"take the first row of each value: {'write' if name in key else 'add'}")
                raise scope.error("E313", message, *at, hint=hint)


def as_own(value: rows.Value) -> rows.Value:
    """Read a value of the source row as one of the row itself."""
    match value:
        case rows.Column():
            return rows.Column(value.path)
        case rows.Mapped():
            return rows.Mapped(rows.Column(value.column.path), value.pairs, value.unmatched, value.nulls)
    return value
