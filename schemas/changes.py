"""What a step stands for: changes of the schema, of rows, or code of the author, each with what it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from django.db.migrations.operations.base import Operation

from migspec.schemas.data.rows import Delete, Insert, Update


class Kind(StrEnum):
    """The kinds of file; the value is the last word of the file's name."""

    SCHEMA = "schema"  # additions, relaxations and what only the state sees
    DATA = "data"
    CLEANUP = "cleanup"  # removals, renames and whatever can fail on, or break old code with, existing rows
    CONCURRENT = "concurrent"  # one operation that cannot run in a transaction


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that a step reads or writes; two steps may pass each other where nothing overlaps.

    `model` is the whole model: its name, its table, all below. `exists` is only that it is there. `shape` is the set
    of its columns, which every insert depends on. `rows` is which rows there are. `definition` and `values` are about
    one field, `element` about one index or constraint, `options` about the rest of the model's Meta.
    """

    what: Literal["everything", "model", "exists", "shape", "rows", "definition", "values", "element", "options"]
    app_label: str = ""
    model: str = ""  # lower case, as in ProjectState.models
    name: str = ""

    def overlaps(self, other: Touch) -> bool:
        if "everything" in (self.what, other.what):
            return True
        if (self.app_label, self.model) != (other.app_label, other.model):
            return False
        return "model" in (self.what, other.what) or (self.what, self.name) == (other.what, other.name)


EVERYTHING = Touch("everything")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What a change reads and writes."""

    reads: frozenset[Touch] = frozenset()
    writes: frozenset[Touch] = frozenset()

    def conflicts_with(self, other: Effects) -> bool:
        return (
            any(a.overlaps(b) for a in self.writes for b in other.writes | other.reads)
            or any(a.overlaps(b) for a in self.reads for b in other.writes)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call that is emitted as the author wrote it, for operations whose deconstruct() says something else."""

    dotted: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One Django operation on the schema of one app."""

    operation: Operation
    app_label: str
    kind: Kind
    effects: Effects
    side: Literal["both", "state", "database"] = "both"
    only: str | None = None  # the vendor whose database it is for; the state changes everywhere
    written: WrittenCall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonChange:
    """Code of the author: function bodies over `apps, schema_editor`."""

    body: str
    reverse: str | None
    app_label: str
    effects: Effects


@dataclass(frozen=True, slots=True, kw_only=True)
class SQLChange:
    """SQL of the author. Keys of `sql` and `reverse` are vendors, or None for SQL that is the same everywhere.

    A statement is text with its parameters, or None where it has none. `reverse` is None for irreversible SQL.
    """

    sql: Mapping[str | None, tuple[tuple[str, tuple[Any, ...] | Mapping[str, Any] | None], ...]]
    reverse: Mapping[str | None, tuple[tuple[str, tuple[Any, ...] | Mapping[str, Any] | None], ...]] | None
    state_operations: tuple[Operation, ...]
    app_label: str
    kind: Kind
    effects: Effects


RowChange = Update | Insert | Delete
Change = SchemaChange | PythonChange | SQLChange | RowChange
