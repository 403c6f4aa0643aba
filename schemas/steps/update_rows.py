"""update_rows: new values in rows that are there, from constants, the row itself or a row of another model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from django.db.migrations.state import ModelState
from pydantic import Field

from migspec.schemas import rows
from migspec.schemas.changes import Change
from migspec.schemas.collect import Collected
from migspec.schemas.conditions import Where, condition
from migspec.schemas.distinct import fixed, is_key, proved_distinct
from migspec.schemas.literals import kind_of
from migspec.schemas.names import ModelRef
from migspec.schemas.pasting import line_hint, lines_hint
from migspec.schemas.paths import primary_key, unique_sets, walk
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep, Part
from migspec.schemas.values import PLURAL, Reader, SetMapping
from migspec.schemas.writing import check_supported, written_column

Order = str | Annotated[list[str], Field(min_length=1)]


class FirstBy(Part):
    """The first source row in an order."""

    first_by: Annotated[Order, Field(description="Columns of the source, '-' for descending.", examples=["-id"])]


class LastBy(Part):
    """The last source row in an order."""

    last_by: Annotated[Order, Field(description="Columns of the source, '-' for descending.", examples=["created"])]


class UpdateRows(DataStep):
    """Set columns of the rows that are there; with `source`, from the row of another model that matches."""

    example: ClassVar[str] = """
    update_rows: Home
    source: HomeAddress
    match: {id: home_id}
    pick: {first_by: -id}
    set: {address_id: {source: address_id}}
    duplicates: error
    """

    update_rows: ModelRef
    set: Annotated[SetMapping, Field(description="Columns and their new values.")]
    where: Annotated[Where | None, Field(description="Which rows; all without it.")] = None
    source: Annotated[ModelRef | None, Field(description="The model that values come from.")] = None
    match: Annotated[
        dict[str, str] | None,
        Field(description="Column of the row: column of the source row that equals it.", min_length=1),
    ] = None
    source_where: Annotated[Where | None, Field(description="Which source rows; all without it.")] = None
    pick: Annotated[FirstBy | LastBy | None, Field(description="Which of several source rows.")] = None
    duplicates: Annotated[
        Literal["error"] | None,
        Field(description="Check before the first write that the new values of unique columns differ."),
    ] = None

    def changes(self, scope: Scope) -> Iterator[Change]:
        check_supported(self, scope)
        model = scope.model(self.update_rows, "update_rows")
        problems = Collected()
        join: rows.Join | None = None
        source: ModelState | None = None
        with problems.catching():
            source = self.source_model(model, scope)
        with problems.catching():
            join = self.join(model, source, scope)
        assign: list[tuple[str, rows.Value]] = []
        if source is not None or self.source is None:  # without its source nothing can be said about the values
            reader = Reader(scope=scope, own=model, source=source)
            for name, value in self.set.items():
                with problems.catching():
                    field = written_column(scope, model, name, "set", name)
                    assign.append((field.attname, reader.value(field, value, "set", name)))
        where: rows.Condition = None
        with problems.catching():
            where = condition(self.where, model, scope, "where")
        problems.throw()
        yield rows.Update(
            model=scope.key(model),
            assign=tuple(assign),
            where=where,
            join=join,
            distinct=self.distinct(assign, model, source, join, where, scope),
        )

    # --- the source row ---

    def source_model(self, model: ModelState, scope: Scope) -> ModelState | None:
        """Give the model of the source; E201 where one of the keys about it stands without the others."""
        if self.source is None:
            for key in ("match", "source_where", "pick"):
                if getattr(self, key) is not None:
                    message = f"'{key}' is about a source row, and the step has no 'source'"
                    raise scope.error("E201", message, key, hint=line_hint("source", ...), key=True)
            return None
        source = scope.model(self.source, "source")
        if self.match is None:
            message = f"the step does not say which row of {source.name} belongs to a row"
            hint = line_hint("match", {primary_key(scope.state, model)[0]: ...}, "add, for example,")
            raise scope.error("E201", message, "source", hint=hint, key=True)
        return source

    def join(self, model: ModelState, source: ModelState | None, scope: Scope) -> rows.Join | None:
        if source is None or self.match is None:
            return None
        on: list[tuple[str, str]] = []
        problems = Collected()
        for own, other in self.match.items():
            with problems.catching():
                ours = scope.column(model, own, "match", own, key=True)
                theirs = scope.column(source, other, "match", own)
                kinds = kind_of(ours, scope), kind_of(theirs, scope)
                if None not in kinds and kinds[0] != kinds[1]:
                    message = (
                        f"'{own}' holds {PLURAL[str(kinds[0])]}, and '{other}' of {source.name} {PLURAL[str(kinds[1])]}"
                    )
                    raise scope.error("E307", message, "match", own, hint="match columns of one kind")
                on.append((ours.attname, theirs.attname))
        where: rows.Condition = None
        with problems.catching():
            where = condition(self.source_where, source, scope, "source_where")
        order: tuple[str, ...] = ()
        with problems.catching():
            order = self.order(source, scope)
        problems.throw()
        if at_most_one(source, [theirs for _, theirs in on], where, scope):
            order = ()
        elif not order:
            message = f"several rows of {source.name} may belong to one row of {model.name}"
            key = primary_key(scope.state, source)[0]
            oldest, newest = ("pick", {"first_by": key}), ("pick", {"first_by": f"-{key}"})
            hint = lines_hint(oldest, newest, before="say which one counts, for example the oldest or the newest:")
            raise scope.error("E318", message, "match", hint=hint)
        return rows.Join(source=scope.key(source), on=tuple(on), where=where, order=order)

    def order(self, source: ModelState, scope: Scope) -> tuple[str, ...]:
        """Give the order of `pick`, its first row the chosen one, completed by the primary key."""
        if self.pick is None:
            return ()
        key = "first_by" if isinstance(self.pick, FirstBy) else "last_by"
        given = self.pick.first_by if isinstance(self.pick, FirstBy) else self.pick.last_by
        order: list[str] = []
        for index, text in enumerate([given] if isinstance(given, str) else given):
            at = ("pick", key) if isinstance(given, str) else ("pick", key, index)
            path, _, _ = scope.column_path(source, text.removeprefix("-"), *at)
            self.check_not_null(path, source, scope, *at)
            order.append(("-" if text.startswith("-") else "") + path)
        keys = primary_key(scope.state, source)
        named = {text.removeprefix("-") for text in order}
        order += [name for name in keys if name not in named and not (len(keys) == 1 and "pk" in named)]
        return tuple(order) if key == "first_by" else tuple(map(turned, order))

    def check_not_null(self, path: str, source: ModelState, scope: Scope, *at: str | int) -> None:
        """E318 for an order by a column that may be NULL: some databases place NULL first, others last."""
        walked = walk(scope.state, source, path)
        fields = [*(hop.held.field for hop in walked.hops), *([walked.held.field] if walked.held else [])]
        lookup = f"{path}__isnull"
        asked = self.source_where.get(lookup) if isinstance(self.source_where, dict) else None
        if any(field.null for field in fields) and asked is not False:
            message = f"'{path.replace('__', '.')}' may be NULL, which some databases place first and others last"
            raise scope.error("E318", message, *at, hint=line_hint("source_where", {lookup: False}))

    # --- unique columns ---

    def distinct(
        self,
        assign: Sequence[tuple[str, rows.Value]],
        model: ModelState,
        source: ModelState | None,
        join: rows.Join | None,
        where: rows.Condition,
        scope: Scope,
    ) -> tuple[str, ...]:
        """Give the unique columns whose values have to be checked; E313 where nobody asked for the check."""
        unique = {next(iter(names)) for names in unique_sets(scope.state, model) if len(names) == 1}
        chosen = [(name, value) for name, value in assign if name in unique]
        if self.duplicates is not None and not chosen:
            # The constraint may come in a later step; then the one column that is filled is meant.
            if len(assign) > 1:
                message = f"none of the columns in 'set' is unique in {model.name} at this place"
                raise scope.error(
                    "E313", message, "duplicates", hint="set the column that becomes unique in a step of its own"
                )
            chosen = list(assign)
        doubtful = [
            name
            for name, value in chosen
            if not proved_distinct(value, model=model, source=source, join=join, where=where, state=scope.state)
        ]
        if doubtful and self.duplicates is None:
            message = f"'{doubtful[0]}' is unique, and these values may repeat"
            hint = line_hint("duplicates", "error", "let the migration check them before it writes: add")
            raise scope.error("E313", message, "set", doubtful[0], hint=hint)
        return tuple(doubtful)


def turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def at_most_one(source: ModelState, matched: Sequence[str], where: rows.Condition, scope: Scope) -> bool:
    """Whether at most one source row can match: the columns that are compared include a unique set."""
    return is_key(source, {*matched, *fixed(where, source, scope.state)}, scope.state)
