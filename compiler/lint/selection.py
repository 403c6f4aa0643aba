"""[tool.migspec.lint]: which rules are asked, at which level, and what the project says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from migspec.compiler.config import Config, place_in
from migspec.compiler.lint.rule import Rule
from migspec.compiler.lint.rules import all_rules, find_rule, rule_words
from migspec.dsl.diagnostics import Diagnostic, Level, Place, SpecError, nearest

KEYS = ("select", "ignore", "levels", "hot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rules that are asked, each with its level, and the models that the project calls hot."""

    levels: Mapping[str, Level]  # by name
    hot: frozenset[str] = field(default_factory=frozenset)  # app.model in lower case

    @property
    def rules(self) -> list[Rule]:
        return [rule for name, rule in all_rules().items() if name in self.levels]


def read_selection(config: Config) -> Selection:
    """Read the table; E702 with everything that is wrong in it."""
    table = config.lint
    path = config.root / "pyproject.toml"
    text = path.read_text(encoding="utf-8") if table else ""
    problems = list(_problems(table, lambda word: place_in(word, text, path.name, "tool.migspec.lint")))
    if problems:
        raise SpecError(*problems)
    chosen = _named(table.get("select", ["MIG"])) - _named(table.get("ignore", []))
    own = {find(name): level for name, level in table.get("levels", {}).items()}
    levels = {name: own.get(name, rule.level) for name, rule in all_rules().items() if name in chosen}
    return Selection(levels=levels, hot=frozenset(model.lower() for model in table.get("hot", [])))


def find(text: str) -> str:
    rule = find_rule(text)
    assert rule is not None
    return rule.name


def _named(words: list[str]) -> set[str]:
    """Give the names of the rules that words mean: a name, a code, or the beginning of codes."""
    return {name for name, rule in all_rules().items() for word in words if name == word or rule.code.startswith(word)}


def _problems(table: Mapping[str, Any], place: Callable[[str], Place]) -> Iterator[Diagnostic]:
    for key, value in table.items():
        if key not in KEYS:
            message = f"'{key}' is not a setting of [tool.migspec.lint]"
            yield Diagnostic("E702", message, place(key), nearest(key, KEYS))
        elif key == "levels":
            if not isinstance(value, dict):
                yield Diagnostic("E702", "'levels' is a table", place(key), 'levels = { drop-field = "warning" }')
                continue
            for name, level in value.items():
                if level not in get_args(Level):
                    hint = f"write one of {', '.join(get_args(Level))}"
                    yield Diagnostic("E702", f"'{level}' is no level of {name}", place(name), hint)
                if find_rule(name) is None:
                    yield _unknown(name, place(name))
        elif not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            yield Diagnostic("E702", f"'{key}' is a list of text", place(key), f'{key} = ["{EXAMPLES[key]}"]')
        elif key != "hot":
            yield from (_unknown(word, place(key)) for word in value if not _named([word]))


EXAMPLES = {"select": "MIG1", "ignore": "no-dual-write", "hot": "shop.Order"}


def _unknown(word: str, place: Place) -> Diagnostic:
    return Diagnostic("E702", f"there is no lint rule '{word}'", place, nearest(word, rule_words()))
