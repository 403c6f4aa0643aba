"""The algebra of row changes: three changes and the values they assign. The row verbs lower to it.

Reversing is a function from these to these, and one emitter writes both directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from migspec.dsl.expressions import Expression


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
        return len({repr(new) for _, new in self.pairs}) == len(self.pairs)


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


Value = Constant | Column | Mapped | Computed | PerRow
Assignments = tuple[tuple[str, Value], ...]  # attname, value

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


Condition = Lookups | Filter | None  # None is every row

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

    `cascade` follows on_delete as the ORM does; without it only the rows themselves go.
    """

    model: ModelKey
    where: Condition = None
    rows: tuple[Assignments, ...] = ()
    cascade: bool = True
