"""The algebra of row changes: three changes and the values they assign. The row verbs lower to it.

Reversing is a function from these to these, and one emitter writes both directions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from migspec.dsl.expressions import Expression
from migspec.schemas.data.equality import folded


@dataclass(frozen=True, slots=True, order=True)
class ModelKey:
    """A model by app label and class name."""

    app_label: str
    name: str

    @property
    def lower(self) -> tuple[str, str]:
        """The key in ProjectState.models."""
        return self.app_label, self.name.lower()

    def __str__(self) -> str:
        return f"{self.app_label}.{self.name}"


# --- conditions ---


@dataclass(frozen=True, slots=True)
class Lookups:
    """Django lookups that must all hold: ("address_id__isnull", True)."""

    items: tuple[tuple[str, Any], ...]
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A Q expression."""

    expression: Expression
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeated:
    """Every row of a group but the first: the groups are the rows that agree in all of `key`, where none of it is NULL.

    `key` and `order` are ORM paths; the order is complete. Only rows that `where` selects belong to a group.
    """

    key: tuple[str, ...]
    order: tuple[str, ...]
    where: Lookups | Filter | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        names = [*self.key, *(name.removeprefix("-") for name in self.order), *(self.where.reads if self.where else ())]
        return tuple(dict.fromkeys(names))


Condition = Lookups | Filter | Repeated | None  # None is every row

# --- values ---


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, already the Python value that its column holds (None is NULL)."""

    value: Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the row itself, or of the source row; `path` is an ORM path ("address_id", "address__city")."""

    path: str
    of: Literal["row", "source"] = "row"


@dataclass(frozen=True, slots=True)
class Mapped:
    """One of several constants by the value of a column; `unmatched` and `nulls` say what else may come."""

    column: Column
    pairs: tuple[tuple[Any, Any], ...]
    unmatched: Literal["error", "keep", "null"] | Constant = "error"
    nulls: Literal["error", "keep", "null"] | Constant = "error"

    @property
    def one_to_one(self) -> bool:
        return len({repr(folded(new)) for _, new in self.pairs}) == len(self.pairs)


@dataclass(frozen=True, slots=True)
class Computed:
    """A Django expression that the database computes; `reads` are ORM paths of the row it is computed over."""

    expression: Expression
    reads: tuple[str, ...] = ()
    of: Literal["row", "source"] = "row"


@dataclass(frozen=True, slots=True)
class PerRow:
    """A callable without arguments (uuid.uuid4) that is called once for every row."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class KeyOf:
    """A column of the one row that `where` selects in a model; that it is one is checked before the first write."""

    model: ModelKey
    where: Condition
    column: str


@dataclass(frozen=True, slots=True)
class Existence:
    """Whether there is a related row that `where` selects; `relation` is one relation of the row to several.

    `where` is about the related rows; `reads` are ORM paths of the row itself.
    """

    relation: str
    where: Condition = None
    reads: tuple[str, ...] = ()
    of: Literal["row", "source"] = "row"


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number of the row among those that the change selects, counted anew for each value of `within`.

    `order` is complete (it ends with the primary key); a row without a value there comes last.
    """

    within: tuple[str, ...]
    order: tuple[str, ...]
    start: int = 1
    step: int = 1
    of: Literal["row", "source"] = "row"


@dataclass(frozen=True, slots=True)
class JointlyMapped:
    """One of several constants by the values of several columns of one row; NULL is a value like any other."""

    columns: tuple[Column, ...]
    pairs: tuple[tuple[tuple[Any, ...], Any], ...]
    unmatched: Literal["error", "keep", "null"] | Constant = "error"


# --- values that Python computes for each row ---


@dataclass(frozen=True, slots=True)
class PythonValue:
    """What a function gives for the row: its body reads `reads` (ORM paths over foreign keys) as attributes of `row`.

    `imports` are the import lines of the names that the body takes from elsewhere.
    """

    body: str
    reads: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()
    deterministic: bool = False
    of: Literal["row", "source"] = "row"


@dataclass(frozen=True, slots=True)
class Converted:
    """What the field of the written column makes of the value of another one; `invalid` says what if it refuses it."""

    column: Column
    invalid: Literal["error", "null"] | Constant = "error"
    nulls: Literal["error", "null"] | Constant = "null"
    of_json: bool = False  # whether the other column holds JSON


@dataclass(frozen=True, slots=True)
class JsonChange:
    """What changes in the mapping, or in the list, that stands at a place in JSON; `at` are the keys that lead there.

    Keys of a mapping are renamed, set or dropped. Elements of a list are removed or replaced, then each is changed
    itself, then new ones are appended. `existing` says what to do where a key or an element that comes is there.
    """

    at: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    set: tuple[tuple[str, Any], ...] = ()
    drop: tuple[str, ...] = ()
    remove: tuple[Any, ...] = ()
    replace: tuple[tuple[Any, Any], ...] = ()
    each: JsonChange | None = None
    append: tuple[Any, ...] = ()
    existing: Literal["error", "update", "skip"] = "error"

    @property
    def of_keys(self) -> bool:
        """Whether it is a mapping that is changed, not a list."""
        return bool(self.rename or self.set or self.drop)

    @property
    def new_keys(self) -> tuple[str, ...]:
        """The keys that a mapping gets."""
        return (*(new for _, new in self.rename), *(key for key, _ in self.set))


@dataclass(frozen=True, slots=True)
class Reshaped:
    """A JSON column with some of its keys or elements changed."""

    column: Column
    change: JsonChange


@dataclass(frozen=True, slots=True)
class Kept:
    """A column of the first row of the group that the source row is in: the `where` of the join is Repeated."""

    column: str
    of: Literal["source"] = "source"


InPython = PerRow | PythonValue | Converted | Reshaped
Value = Constant | Column | Mapped | JointlyMapped | Computed | Existence | KeyOf | Numbered | InPython | Kept
Assignments = tuple[tuple[str, Value], ...]  # attname, value


def of_source(value: Value) -> Value:
    """Give the value read from the source row: the one row that an insert reads is that, however it is written."""
    match value:
        case Column() | Computed() | Existence() | Numbered() | PythonValue():
            return replace(value, of="source")
        case Mapped() | Converted() | Reshaped():
            return replace(value, column=replace(value.column, of="source"))
        case JointlyMapped():
            return replace(value, columns=tuple(replace(column, of="source") for column in value.columns))
    return value


def value_paths(value: Value) -> Iterator[tuple[str, Literal["row", "source"]]]:
    """Give the ORM paths that a value reads, and of which row."""
    match value:
        case Column():
            yield value.path, value.of
        case Mapped() | Converted() | Reshaped():
            yield value.column.path, value.column.of
        case JointlyMapped():
            yield from ((column.path, column.of) for column in value.columns)
        case Computed() | Existence() | PythonValue():
            yield from ((path, value.of) for path in value.reads)
        case Numbered():
            yield from ((name.removeprefix("-"), value.of) for name in (*value.within, *value.order))


# --- changes ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """The source row of each row: `on` pairs a column of the row with a column of the source (attnames).

    `order` is complete (it ends with the primary key); the first row in that order is the source row where several
    match. It is empty where at most one can match.
    """

    source: ModelKey
    on: tuple[tuple[str, str], ...]
    where: Condition = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Set columns in the rows that `where` selects; with a join, in those of them that have a source row."""

    model: ModelKey
    assign: Assignments
    where: Condition = None
    join: Join | None = None
    distinct: tuple[str, ...] = ()  # unique columns whose new values are checked before the first write


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """Add a row for each literal row, or for each row of `source` that `where` selects.

    With `key` (attnames), a row whose key is there already is left alone, updated or refused, as `existing` says.
    """

    model: ModelKey
    rows: tuple[Assignments, ...] = ()
    source: ModelKey | None = None
    assign: Assignments = ()
    where: Condition = None
    key: tuple[str, ...] = ()
    existing: Literal["skip", "update", "error"] = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Remove the rows that `where` selects, or those equal to one of `rows` in every column that the row names.

    With a join, those of them that have a source row. `cascade` follows on_delete as the ORM does; without it only the
    rows themselves go, and with `unreferenced` only those that no other row points at.
    """

    model: ModelKey
    where: Condition = None
    join: Join | None = None
    rows: tuple[Assignments, ...] = ()
    cascade: bool = True
    unreferenced: bool = False
