"""update_rows: new values in rows that are there, from constants, the row itself or a row of another model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from django.db.migrations.state import ModelState
from pydantic import Field, model_validator

from migspec.schemas.changes import Change
from migspec.schemas.data.conditions import Where, condition
from migspec.schemas.data.distinct import fixed, is_key, proved_distinct
from migspec.schemas.data.forms import Row
from migspec.schemas.data.literals import PLURAL, kind_of
from migspec.schemas.data.paths import primary_key, unique_sets
from migspec.schemas.data.picking import Pick, order_of
from migspec.schemas.data.rows import Column, Condition, Join, JointlyMapped, Lookups, Mapped, Update, Value
from migspec.schemas.data.values import Reader, SetMapping
from migspec.schemas.data.writing import key_columns, written_column
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.errors.pasting import line_hint, lines_hint
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep


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
    columns_of: ClassVar[dict[str, str]] = {
        "set": "update_rows",
        "where": "update_rows",
        "match": "update_rows",
        "rows": "update_rows",
        "key": "update_rows",
        "source_where": "source",
    }

    update_rows: ModelRef
    set: Annotated[SetMapping | None, Field(description="Columns and their new values.")] = None
    rows: Annotated[
        list[Row] | None,
        Field(description="Instead of `set`: a table of new values, each row found by the `key`.", min_length=1),
    ] = None
    key: Annotated[
        str | Annotated[list[str], Field(min_length=1)] | None,
        Field(description="The column, or columns, of `rows` that say which rows are meant."),
    ] = None
    where: Annotated[Where | None, Field(description="Which rows; all without it.")] = None
    source: Annotated[ModelRef | None, Field(description="The model that values come from.")] = None
    match: Annotated[
        dict[str, str] | None,
        Field(description="Column of the row: column of the source row that equals it.", min_length=1),
    ] = None
    source_where: Annotated[Where | None, Field(description="Which source rows; all without it.")] = None
    pick: Annotated[Pick | None, Field(description="Which of several source rows.")] = None
    duplicates: Annotated[
        Literal["error"] | None,
        Field(description="Check before the first write that the new values of unique columns differ."),
    ] = None

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = scope.model(self.update_rows, "update_rows")
        problems = Collected()
        if self.rows is not None or self.key is not None:
            yield self.by_table(model, scope)
            return
        join: Join | None = None
        source: ModelState | None = None
        with problems.catching():
            source = self.source_model(model, scope)
        with problems.catching():
            join = self.join(model, source, scope)
        assign: list[tuple[str, Value]] = []
        if source is not None or self.source is None:  # without its source nothing can be said about the values
            reader = Reader(scope=scope, own=model, source=source)
            for name, value in (self.set or {}).items():
                with problems.catching():
                    field = written_column(scope, model, name, "set", name)
                    assign.append((field.attname, reader.value(field, value, "set", name)))
        where: Condition = None
        with problems.catching():
            where = condition(self.where, model, scope, "where")
        problems.throw()
        yield Update(
            model=scope.key(model),
            assign=tuple(assign),
            where=where,
            join=join,
            distinct=self.distinct(assign, model, source, join, where, scope),
        )

    # --- a table in the spec ---

    @model_validator(mode="after")
    def says_what_is_set(self) -> Self:
        if self.set is None and self.rows is None:
            raise complaint(
                "E201", "nothing is set", hint=line_hint("set", {"column": ...}), at=("update_rows",), key=True
            )
        if self.rows is not None:
            for key in ("set", "source", "match", "source_where", "pick"):
                if getattr(self, key) is not None:
                    message = f"'rows' says what is set, and '{key}' says it otherwise"
                    raise complaint("E208", message, hint="write two steps", at=(key,), key=True)
        return self

    def by_table(self, model: ModelState, scope: Scope) -> Update:
        """Give the update by a table: for each column a map by the key, which leaves alone what it does not name."""
        if self.key is None or self.rows is None:
            there, missing = ("rows", "key") if self.key is None else ("key", "rows")
            message = f"'{there}' and '{missing}' go together"
            raise scope.error("E201", message, there, hint=line_hint(missing, ...), key=True)
        key = key_columns(self.key, None, model, scope)
        problems = Collected()
        pairs: dict[str, list[tuple[tuple[Any, ...], Any]]] = {}
        found: list[tuple[Any, ...]] = []
        reader = Reader(scope=scope, own=None)
        for index, row in enumerate(self.rows):
            read: dict[str, Any] = {}
            for name, value in row.items():
                with problems.catching():
                    field = written_column(scope, model, name, "rows", index, name)
                    read[field.attname] = reader.constant(field, value, "rows", index, name)
            with problems.catching():
                for name in key:
                    if name not in read and len(read) == len(row):
                        message = f"the row does not name '{name}', by which it is known"
                        raise scope.error("E308", message, "rows", index, hint=line_hint(name, ...))
                named = tuple(read.get(name) for name in key)
                if named in found:
                    raise scope.error("E104", "a row with this key stands there already", "rows", index)
                reader.check_told_apart([scope.column(model, name) for name in key], named, found, "rows", index)
                found.append(named)
                for name in [name for name in read if name not in key]:
                    pairs.setdefault(name, []).append((named, read[name]))
        problems.throw()
        if not pairs:
            raise scope.error("E308", "the rows name nothing but their key", "rows", 0)
        where: Condition = None
        with problems.catching():
            where = condition(self.where, model, scope, "where")
        problems.throw()
        columns = tuple(Column(name) for name in key)
        assign: list[tuple[str, Value]] = [
            (
                name,
                (
                    Mapped(columns[0], tuple((old, new) for (old,), new in listed), "keep", "keep")
                    if len(key) == 1
                    else JointlyMapped(columns, tuple(listed), "keep")
                ),
            )
            for name, listed in pairs.items()
        ]
        if where is None or isinstance(where, Lookups):
            where = among(where, key, found)
        return Update(
            model=scope.key(model),
            assign=tuple(assign),
            where=where,
            distinct=self.distinct(assign, model, None, None, where, scope),
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

    def join(self, model: ModelState, source: ModelState | None, scope: Scope) -> Join | None:
        if source is None or self.match is None:
            return None
        on: list[tuple[str, str]] = []
        problems = Collected()
        for own, other in self.match.items():
            with problems.catching():
                check_no_path(own, model, scope, "match", own, key=True)
                check_no_path(other, source, scope, "match", own)
                ours = scope.column(model, own, "match", own, key=True)
                theirs = scope.column(source, other, "match", own)
                kinds = kind_of(ours, scope), kind_of(theirs, scope)
                if None not in kinds and kinds[0] != kinds[1]:
                    message = (
                        f"'{own}' holds {PLURAL[str(kinds[0])]}, and '{other}' of {source.name} {PLURAL[str(kinds[1])]}"
                    )
                    raise scope.error("E307", message, "match", own, hint="match columns of one kind")
                on.append((ours.attname, theirs.attname))
        where: Condition = None
        with problems.catching():
            where = condition(self.source_where, source, scope, "source_where")
        order: tuple[str, ...] = ()
        with problems.catching():
            order = order_of(self.pick, source, scope, "pick")
        problems.throw()
        if at_most_one(source, [theirs for _, theirs in on], where, scope):
            order = ()
        elif not order:
            message = f"several rows of {source.name} may belong to one row of {model.name}"
            key = primary_key(scope.state, source)[0]
            oldest, newest = ("pick", {"first_by": key}), ("pick", {"first_by": f"-{key}"})
            hint = lines_hint(oldest, newest, before="say which one counts, for example the oldest or the newest:")
            raise scope.error("E318", message, "match", hint=hint)
        return Join(source=scope.key(source), on=tuple(on), where=where, order=order)

    # --- unique columns ---

    def distinct(
        self,
        assign: Sequence[tuple[str, Value]],
        model: ModelState,
        source: ModelState | None,
        join: Join | None,
        where: Condition,
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


def among(where: Lookups | None, key: Sequence[str], values: Sequence[tuple[Any, ...]]) -> Lookups | None:
    """Narrow a condition to rows whose key columns hold some of these values; NULL is not looked up so."""
    listed = {name: list(dict.fromkeys(value[index] for value in values)) for index, name in enumerate(key)}
    items = tuple((f"{name}__in", found) for name, found in listed.items() if None not in found)
    known = where or Lookups(())
    narrowed = Lookups((*known.items, *items), tuple(dict.fromkeys([*known.reads, *(name[:-4] for name, _ in items)])))
    return narrowed if narrowed.items else where


def check_no_path(name: str, model: ModelState, scope: Scope, *at: str, key: bool = False) -> None:
    """E303 for a path over foreign keys: rows are matched by columns of their own."""
    if "." in name:
        message = f"'{name}' is a path, and rows are matched by columns of {model.name} itself"
        hint = f"set a column to {{field: {name}}} in an earlier step, and match by that column"
        raise scope.error("E303", message, *at, hint=hint, key=key)


def at_most_one(source: ModelState, matched: Sequence[str], where: Condition, scope: Scope) -> bool:
    """Whether at most one source row can match: the columns that are compared include a unique set."""
    return is_key(source, {*matched, *fixed(where, source, scope.state)}, scope.state)
