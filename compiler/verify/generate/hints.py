"""Values that a spec itself names: keys of maps, conditions, rows. Random rows that never hold one show little."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from migspec.dsl.source import WrittenFloat
from migspec.schemas.data.literals import Misfit, fit
from migspec.schemas.data.paths import AnyField

ROWS = frozenset({"set", "where", "source_where", "rows", "given"})
CODE = frozenset({"expr", "python", "run_python", "run_sql", "where", "source_where", "reverse"})
NAMES = frozenset({"field", "source", "fields", "sources", "description", "name"})


@dataclass(slots=True)
class Hints:
    """Values as the document has them."""

    mapped: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))  # by column: the keys of its map
    named: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))  # by column: set, compared, given
    loose: list[Any] = field(default_factory=list)  # of no column that is known

    def fitting(self, column: AnyField, values: Iterable[Any]) -> list[Any]:
        """Give those of some values that a column can hold, as Python values, each once."""
        found: list[Any] = []
        for value in values:
            for read in _readings(column, value):
                if not any(type(read) is type(other) and read == other for other in found):
                    found.append(read)
        return found


def _readings(column: AnyField, value: Any) -> Iterator[Any]:
    """Text may be the key of a map, which is text whatever it stands for."""
    candidates = [value]
    if isinstance(value, str):
        with suppress(SyntaxError, ValueError, MemoryError):
            candidates.append(ast.literal_eval(value))
        candidates += {"true": [True], "false": [False]}.get(value, [])
    for candidate in candidates:
        if candidate is None:
            continue
        try:
            yield fit(column, candidate, None)
        except Misfit:
            continue


def hints_of(document: Mapping[str, Any]) -> Hints:
    """Gather the values of a spec, as it was read."""
    found = Hints()
    for key in ("steps", "tests"):
        _gather(document.get(key), key, found)
    return found


def _gather(node: Any, key: str, found: Hints) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("map"), dict):
            column = str(node.get("field") or node.get("source") or "").rpartition(".")[2]
            found.mapped[column] += node["map"]
        for name, value in node.items():
            if key in ROWS or key in ("row", "all rows"):
                found.named[name.partition("__")[0]] += _constants(value)
            if name in NAMES:
                continue
            _gather(value, "row" if key == "given" else name, found)
    elif isinstance(node, list):
        for item in node:
            _gather(item, key, found)
    elif isinstance(node, str) and key in CODE:
        found.loose += _in_code(node)
    elif key not in ("steps", "tests"):
        found.loose.append(node)


def _constants(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value["value"]] if "value" in value else []
    return (
        [value]
        if isinstance(value, (str, int, float))
        else [item for item in value or () if not isinstance(item, dict)]
    )


def _in_code(text: str) -> list[Any]:
    """Give the constants of Python code; of other text nothing."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    return [
        WrittenFloat(repr(node.value)) if isinstance(node.value, float) else node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float))
    ]
