"""insert_rows: rows that are written in the spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from migspec.schemas.changes import Change
from migspec.schemas.data.equality import folded
from migspec.schemas.data.get import NewRow
from migspec.schemas.data.paths import columns, unique_sets
from migspec.schemas.data.rows import Constant, Insert, Value
from migspec.schemas.data.values import Reader
from migspec.schemas.data.writing import inserted_column, key_columns, others
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.pasting import line_hint
from migspec.schemas.names import ModelRef
from migspec.schemas.scope import Scope
from migspec.schemas.step import DataStep


class InsertRows(DataStep):
    """Insert rows; with `key`, a row that is there already is left alone, updated or refused."""

    example: ClassVar[str] = """
    insert_rows: Country
    key: code
    rows:
      - {code: us, name: USA}
      - {code: fr, name: France}
    """
    columns_of: ClassVar[dict[str, str]] = {"rows": "insert_rows", "key": "insert_rows"}

    insert_rows: ModelRef
    rows: Annotated[list[NewRow], Field(description="The rows, each a mapping of columns.", min_length=1)]
    key: Annotated[
        str | Annotated[list[str], Field(min_length=1)] | None,
        Field(description="The column, or columns, by which a row is known to be there already."),
    ] = None
    existing: Annotated[
        Literal["skip", "update", "error"] | None,
        Field(description="What to do with a row whose key is there: skip (the default), update or error."),
    ] = None

    def changes(self, scope: Scope) -> Iterator[Change]:
        model = scope.model(self.insert_rows, "insert_rows")
        problems = Collected()
        key: tuple[str, ...] = ()
        with problems.catching():
            key = key_columns(self.key, self.existing, model, scope)
        read: list[dict[str, Value]] = []
        defaults: dict[int, dict[str, Value]] = {}
        fields: dict[str, Any] = {}
        reader = Reader(scope=scope, own=None)
        for index, row in enumerate(self.rows):
            values: dict[str, Value] = {}
            for name, value in row.items():
                with problems.catching():
                    if name not in fields:
                        fields[name] = inserted_column(scope, model, name, "rows", index, name)
                    field = fields[name]
                    values[field.attname] = reader.value(field, value, "rows", index, name)
            if len(values) == len(row):  # a column that is named wrongly would be missed here again
                with problems.catching():
                    self.check_key(key, values, row, fields, index, scope)
                    defaults[index] = others(scope, model, list(values), "rows", index)
            read.append(values)
        problems.throw()
        for names in dict.fromkeys([frozenset(key), *unique_sets(scope.state, model)]):
            with problems.catching():
                self.check_repeats(names, [values | defaults[index] for index, values in enumerate(read)], scope)
        problems.throw()
        yield Insert(
            model=scope.key(model),
            rows=tuple(tuple(values.items()) for values in read),
            key=key,
            existing=self.existing or "skip",
        )

    def check_key(
        self,
        key: Sequence[str],
        values: dict[str, Value],
        row: dict[str, Any],
        fields: dict[str, Any],
        index: int,
        scope: Scope,
    ) -> None:
        """E308 for a row that does not name its key, E307 for one whose key is NULL."""
        for name in key:
            if name not in values:
                message = f"the row does not name '{name}', by which it is known"
                raise scope.error("E308", message, "rows", index, hint=line_hint(name, ...))
            if values[name] == Constant(None):
                written = next(known for known in row if fields[known].attname == name)
                raise scope.error("E307", f"'{name}' is in the key, and NULL equals nothing", "rows", index, written)

    def check_repeats(self, names: frozenset[str], read: Sequence[dict[str, Value]], scope: Scope) -> None:
        """E313 for rows with the same constants in columns that no two rows may share; NULL repeats without harm."""
        seen: dict[str, int] = {}
        exactly: dict[str, list[Any]] = {}
        known = columns(scope.state, scope.model(self.insert_rows, "insert_rows"))
        collated = any(getattr(known[name].field, "db_collation", None) for name in names)
        on_mysql = "mysql" in scope.vendors and self.only in (None, "mysql") and not collated
        for index, values in enumerate(read if names else ()):
            chosen = [values.get(name) for name in sorted(names)]
            constants = [value.value for value in chosen if isinstance(value, Constant) and value.value is not None]
            if len(constants) < len(names):
                continue
            told = repr([folded(value) for value in constants] if on_mysql else constants)
            if told in seen:
                said = ", ".join(f"{name} {value!r}" for name, value in zip(sorted(names), constants, strict=True))
                message = f"row {seen[told] + 1} has {said} already"
                if on_mysql and constants != exactly[told]:
                    message += ", as MySQL and MariaDB compare texts"
                at = [name for name in self.rows[index] if name in names][:1]
                raise scope.error("E313", message, "rows", index, *at)
            seen[told], exactly[told] = index, constants
