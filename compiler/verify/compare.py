"""Comparing rows: with those that a test expects, and with the same rows at another time."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from migspec.compiler.verify.claims import Leeway
from migspec.compiler.verify.tables import Rows, Snapshot
from migspec.schemas.tests_entry import AnyPart, MatchesPart, RecentPart, UniquePart

Row = Mapping[str, Any]
Key = Sequence[str]  # the key columns of a model

NO_ROW = "no such row"

RECENT = datetime.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Cell:
    """One difference: a column of a row, or the whole row where `column` is empty."""

    row: str
    column: str
    expected: str
    actual: str


# --- with what a test expects ---


def differing(expected: Sequence[Row], actual: Rows, key: Key) -> list[Cell]:
    """Give what keeps the rows from being those that are expected: each matches one, and none is left.

    `key` are the model's key columns.
    """
    matches = _matched(expected, actual, lambda wanted, found: not _differences(wanted, found, actual))
    missing = [row for index, row in enumerate(expected) if index not in matches]
    taken = set(matches.values())
    left = [row for index, row in enumerate(actual) if index not in taken]
    cells: list[Cell] = []
    for wanted in missing:
        # The row that was meant: the one with the same key, else the one that is most like it.
        known = {name: wanted[name] for name in key if name in wanted}
        meant = [row for row in left if not _differences(known, row, actual)]
        found = min(meant, key=lambda row: len(_differences(wanted, row, actual)), default=None)
        if found is None:
            cells.append(Cell(_named(wanted, key), "", shown(wanted), NO_ROW))
            continue
        left.remove(found)
        cells += [
            Cell(_named(found, key), name, shown(wanted[name]), shown(found[name]))
            for name in _differences(wanted, found, actual)
        ]
    columns = list(dict.fromkeys(name for row in expected for name in row))
    for row in left:
        cells.append(Cell(_named(row, key), "", NO_ROW, shown({name: row[name] for name in columns or row})))
    return cells


def _matched(expected: Sequence[Row], actual: Rows, fits: Callable[[Row, Row], bool]) -> dict[int, int]:
    """Pair as many expected rows with actual ones as fit: a row that says little must not take one from another."""
    possible = [[at for at, found in enumerate(actual) if fits(wanted, found)] for wanted in expected]
    owner: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for at in possible[index]:
            if at not in seen:
                seen.add(at)
                if at not in owner or place(owner[at], seen):
                    owner[at] = index
                    return True
        return False

    for index in range(len(expected)):
        place(index, set())
    return {index: at for at, index in owner.items()}


def _differences(wanted: Row, found: Row, all_rows: Rows) -> list[str]:
    return [name for name, value in wanted.items() if not _is_as_wanted(value, name, found, all_rows)]


def _is_as_wanted(wanted: Any, name: str, row: Row, all_rows: Rows) -> bool:
    value = row[name]
    match wanted:
        case AnyPart():
            return value is not None
        case UniquePart():
            return value is not None and sum(other[name] == value for other in all_rows) == 1
        case MatchesPart():
            return value is not None and re.fullmatch(wanted.matches, str(value)) is not None
        case RecentPart():
            return _is_recent(value)
    return bool(wanted == value)


def _is_recent(value: Any) -> bool:
    now = timezone.now()
    if isinstance(value, datetime.datetime):
        return abs(now - (value if value.tzinfo else timezone.make_aware(value))) < RECENT
    days = [(now + shift).date() for shift in (-RECENT, RECENT)]
    return isinstance(value, datetime.date) and min(days) - datetime.timedelta(1) <= value <= max(
        days
    ) + datetime.timedelta(1)


# --- with the same rows at another time ---


def changed(
    before: Snapshot, after: Snapshot, keys: Mapping[str, Key], leeway: Leeway, *, without: Collection[str] = ()
) -> dict[str, list[Cell]]:
    """Give the differences between two snapshots that nothing allows, by model, but for the models `without`.

    `keys` are the key columns of each model.
    """
    found: dict[str, list[Cell]] = {}
    for label, key in keys.items():
        if label in leeway.rows or label in without:
            continue
        old, new = ([_allowed(label, row, key, leeway) for row in rows.get(label, [])] for rows in (before, after))
        if label in leeway.renumbered:
            cells = differing(old, new, key)
        else:
            cells = _changed_rows(label, old, new, key, leeway)
        if cells:
            found[label] = cells
    return found


def _allowed(label: str, row: Row, key: Key, leeway: Leeway) -> dict[str, Any]:
    """Leave out of a row what may differ."""
    hidden = {column for model, column in leeway.columns if model == label} - set(key)
    hidden |= set(key) if label in leeway.renumbered else set()
    return {name: value for name, value in row.items() if name not in hidden}


def _changed_rows(label: str, before: Rows, after: Rows, key: Key, leeway: Leeway) -> list[Cell]:
    old, new = ({tuple(row[name] for name in key): row for row in rows} for rows in (before, after))
    cells: list[Cell] = []
    for value in dict.fromkeys((*old, *new)):
        row = old.get(value) or new[value]
        if value not in new:
            if label not in leeway.vanish:
                cells.append(Cell(_named(row, key), "", shown(row), NO_ROW))
        elif value not in old:
            if label not in leeway.appear:
                cells.append(Cell(_named(row, key), "", NO_ROW, shown(row)))
        else:
            cells += [
                Cell(_named(row, key), column, shown(row[column]), shown(new[value][column]))
                for column in row
                if row[column] != new[value][column]
            ]
    return cells


# --- words ---


def _named(row: Row, key: Key) -> str:
    """Name a row by its key, or by the first column that is known of it."""
    names = [name for name in key if name in row] or list(row)[:1]
    return ", ".join(f"{name} {shown(row[name])}" for name in names)


def shown(value: Any) -> str:
    """Write a value as a spec does."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}'" if len(value) <= 40 else f"'{value[:37]}...'"
        case AnyPart() | UniquePart() | RecentPart():
            return f"{{{next(iter(type(value).model_fields))}: true}}"
        case MatchesPart():
            return f"{{matches: '{value.matches}'}}"
        case dict():
            return "{" + ", ".join(f"{name}: {shown(item)}" for name, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(shown, value)) + "]"
        case datetime.datetime():
            return f"'{value.isoformat().replace('+00:00', 'Z')}'"
        case datetime.date() | datetime.time():
            return f"'{value.isoformat()}'"
    return str(value)


def table(cells: Sequence[Cell], expected: str, actual: str, limit: int = 20) -> str:
    """Lay the differences out; `expected` and `actual` head their columns."""
    lines = [("row", "column", expected, actual)]
    lines += [(cell.row, cell.column, cell.expected, cell.actual) for cell in cells[:limit]]
    widths = [max(len(line[at]) for line in lines) for at in range(3)]
    told = [
        "    "
        + "  ".join([*(text.ljust(width) for text, width in zip(line[:3], widths, strict=True)), line[3]]).rstrip()
        for line in lines
    ]
    if len(cells) > limit:
        told.append(f"    and {len(cells) - limit} more")
    return "\n".join(told)
