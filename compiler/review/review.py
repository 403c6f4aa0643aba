"""What `migspec plan` says, as data: a format writes it, and looks nothing up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from migspec.compiler.reversing.reversal import Fidelity
from migspec.dsl.diagnostics import Diagnostic

# What a statement does with the rows that are there. The later ones are worse.
Rows = Literal["untouched", "written", "read", "unknown", "rewritten"]


@dataclass(frozen=True, slots=True)
class Database:
    """A kind of server that SQL is written for. Django's vendor `mysql` stands for two of them."""

    name: str
    title: str
    version: str = ""  # that the SQL is for


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What a step holds of a table that others use, and what it does with the rows there."""

    table: str  # empty for the whole database
    lock: str  # in the words of the database's documentation
    rows: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """What a step sends to one database.

    `at_end` are statements that Django puts off to the end of the file. Where `unknown` says why there are none, the
    locks are those that the step takes in any case. `about` says what the statements are, where they are not the
    whole.
    """

    statements: Sequence[str] = ()
    at_end: Sequence[str] = ()
    unknown: str = ""
    about: str = ""
    locks: Sequence[Lock] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """How a step comes back. `schema` is Django's own reverse, which holds no values that could differ; `empty` too,
    but what it makes again had values."""

    fidelity: Fidelity | Literal["schema", "empty"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One operation of a file; several that share it, where they change only the state or only the database."""

    numbers: Sequence[int]  # of the spec's steps, from 1
    line: int  # of the first of them in the spec
    verb: str
    descriptions: Sequence[str]
    sql: Mapping[str, Sql]  # by the name of the database
    back: Back


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A migration file."""

    app: str
    name: str
    path: str
    kind: str
    atomic: bool
    after: Sequence[str]
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field of a model in a diagram."""

    name: str
    type: str
    key: Literal["", "PK", "FK", "UK"] = ""
    mark: Literal["", "goes", "changes", "new", "changed", "renamed"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A model in a diagram; a neighbour has no columns there."""

    label: str
    columns: Sequence[Column] = ()
    left_out: int = 0  # columns that the spec does not touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A foreign key, a one-to-one or a many-to-many field between two models of a diagram."""

    one: str
    other: str
    kind: Literal["many to one", "one to one", "many to many"]
    nullable: bool
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The models that a spec touches, and their neighbours."""

    tables: Sequence[Table] = ()
    relations: Sequence[Relation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecReview:
    """One spec."""

    path: str
    app: str
    name: str
    description: str
    files: Sequence[File]
    before: Models
    after: Models
    findings: Sequence[Diagnostic] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The plan of a run. Paths are those of the repository.

    `against` is the revision that it was compared with, `removed` the specs that are not there any more. `errors` are
    why there is no plan.
    """

    specs: Sequence[SpecReview] = ()
    databases: Sequence[Database] = ()
    against: str = ""
    removed: Sequence[str] = ()
    errors: Sequence[Diagnostic] = field(default_factory=tuple)
