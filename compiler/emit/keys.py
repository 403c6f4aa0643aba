"""The key of an insert from a query: which rows are there already, and which of several source rows counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.migrations.state import ModelState

from migspec.compiler.emit.change import Writing, stop
from migspec.compiler.emit.code import CannotEmit, db, fill, joined, keywords, literal, plain
from migspec.compiler.emit.local import quoted
from migspec.compiler.emit.values import kept_source, over
from migspec.dsl.expressions import Code
from migspec.schemas.data.paths import unique_sets, walk
from migspec.schemas.data.rows import (
    Assignments,
    Column,
    Constant,
    Converted,
    Insert,
    PerRow,
    PythonValue,
    Reshaped,
    Value,
)


@dataclass(frozen=True, slots=True)
class Key:
    """How the key of new rows stands in the source rows."""

    there: str  # the variable of the target's rows that have the key of a source row
    matching: Code  # the arguments of filter() that find those
    annotations: Code | None  # what must be computed first
    named: dict[str, str]  # the annotation's name, by column
    columns: tuple[str, ...]  # columns and annotations of the source that make the key; constants tell nothing apart
    unique: bool  # whether no two source rows can have one key


def key_of(change: Insert, assign: Assignments, model: ModelState, source: ModelState, writing: Writing) -> Key | None:
    """Give the key of an insert, None where it has none; CannotEmit for a key that cannot be looked up."""
    if not change.key:
        return None
    local, given = writing.local, dict(assign)
    matching: list[tuple[str, Code]] = []
    annotations: list[tuple[str, Code]] = []
    named: dict[str, str] = {}
    for name in change.key:
        match given.get(name):
            case Constant(value=value):
                matching.append((name, literal(value)))
            case Column(path=path):
                matching.append((name, fill("{}({})", db("OuterRef"), quoted(path))))
            case PerRow() | PythonValue() | Converted() | Reshaped() | None:
                message = f"the key '{name}' has no value that can be looked up"
                raise CannotEmit(message, f"give '{name}' a value, or leave it out of 'key'")
            case value:
                new = named[name] = local.column(source, f"new_{name}")
                annotations.append((new, over(value, writing.target(model, name), source, local, kept_source(value))))
                matching.append((name, fill("{}({})", db("OuterRef"), quoted(new))))
    paths = [value.path for name in change.key if isinstance(value := given[name], Column)]
    return Key(
        there=local.define("there", fill("{}.filter({})", local.rows(model), keywords(matching))),
        matching=keywords(matching),
        annotations=keywords(annotations) if annotations else None,
        named=named,
        columns=(*paths, *named.values()) or ("pk",),
        unique=_is_unique(paths, source, writing),
    )


def _is_unique(paths: Sequence[str], source: ModelState, writing: Writing) -> bool:
    state = writing.local.state
    walks = [walk(state, source, path) for path in paths]
    names = {walked.held.field.attname for walked in walks if walked.held and not walked.hops and not walked.rest}
    return any(unique <= names for unique in unique_sets(state, source))


def with_key(rows: Code, key: Key) -> Code:
    """Give source rows with what the key needs computed."""
    return fill("{}.annotate({})", rows, key.annotations) if key.annotations is not None else rows


def without_there(rows: Code, key: Key) -> Code:
    """Give the source rows whose key is not there yet."""
    return fill("{}.exclude({}({}))", rows, db("Exists"), key.there)


def first_of_each(
    rows: Code, key: Key, change: Insert, assign: Assignments, source: ModelState, writing: Writing
) -> Code:
    """Of several source rows with one key give the first; ranges go up the primary key, so the first range has it."""
    if key.unique:
        return rows
    if all(name in change.key or isinstance(value, Constant) for name, value in assign):
        return fill("{}.order_by().distinct()", rows)
    number = writing.local.column(source, "nth")
    window = fill(
        "{}({}(), partition_by=[{}], order_by={})",
        db("Window"), plain("RowNumber", "from django.db.models.functions import RowNumber"),
        joined(map(quoted, key.columns)), quoted("pk"),
    )  # fmt: skip
    return fill("{}.annotate({}={}).filter({}=1)", rows, number, window, number)


# --- checks before the first write ---


def stop_there(rows: Code, key: Key, change: Insert, writing: Writing) -> list[Code]:
    taken, listed = writing.local.name("taken"), joined(map(quoted, key.columns))
    query = fill("{} = {}.filter({}({})).order_by({})", taken, rows, db("Exists"), key.there, listed)
    said = f"rows of {change.model.name} by {', '.join(change.key)} are there already"
    return [query, stop(_listing(taken, key), said, writing, about="duplicates")]


def stop_twice(rows: Code, key: Key, source: ModelState, change: Insert, writing: Writing) -> list[Code]:
    """Where the source rows of one key differ, nobody has said which of them counts."""
    if key.unique:
        return []
    repeated, number = writing.local.name("repeated"), writing.local.column(source, "rows")
    listed = joined(map(quoted, key.columns))
    query = fill(
        "{} = {}.values({}).annotate({}={}({})).filter({}__gt=1).order_by({})",
        repeated, rows, listed, number, db("Count"), quoted("*"), number, listed,
    )  # fmt: skip
    said = f"several rows of {source.name} have one key ({', '.join(change.key)})"
    return [query, stop(_listing(repeated, key), said, writing, about="duplicates")]


def _listing(variable: str, key: Key) -> str:
    flat = ", flat=True" if len(key.columns) == 1 else ""
    return f"{variable}.values_list({', '.join(map(repr, key.columns))}{flat})"


def matched_columns(change: Insert) -> tuple[list[tuple[str, str]], list[tuple[str, Value]]]:
    """Give the pairs of columns that match rows that are there with source rows, and the constants among the key."""
    given = dict(change.assign)
    pairs = [(name, value.path) for name in change.key if isinstance(value := given[name], Column)]
    fixed = [(name, given[name]) for name in change.key if isinstance(given[name], Constant)]
    if len(pairs) + len(fixed) < len(change.key):
        message = "a key that is computed cannot be matched with the rows that are there"
        raise CannotEmit(message, "existing: skip")
    return pairs, fixed
