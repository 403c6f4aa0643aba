"""The names of one generated function: model classes, querysets, and whatever else its body calls something."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, count
from typing import Any

from django.db.migrations.state import ModelState, ProjectState

from migspec.compiler.emit.code import fill, joined, list_of, literal, plain
from migspec.compiler.emit.helpers import HELPERS
from migspec.dsl.expressions import Code
from migspec.schemas.data.paths import held_fields, pointing_at, query_name

# Names that the emitter itself writes.
OWN = {
    "alias",
    "apps",
    "connection",
    "found",
    "new",
    "number",
    "old",
    "page",
    "router",
    "row",
    "schema_editor",
    "transaction",
    "values",
}


# What stands for each column of each row.
Rows = Sequence[Mapping[str, Code]]


class Constants:
    """The module-level tables and functions of one file; what is there already, either way round, is written once.

    A name that another model has taken gets the model's name: NEW_STATUS, NEW_ORDER_STATUS.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.functions: list[str] = []
        self.imports: frozenset[str] = frozenset()
        self._named: dict[str, str] = {}  # text: name
        self._tables: dict[frozenset[tuple[str, str]], str] = {}  # names of dicts, by the texts of their items
        self._rows: dict[str, Rows] = {}  # by name
        self._models: dict[str, tuple[str, str]] = {}  # app label and name of the model that a name is about

    @property
    def names(self) -> set[str]:
        return set(self._models)

    def function(self, column: str, source: Code, model: ModelState) -> str:
        """Give the name of a function that gives a column its values; `{}` in its source stands for the name."""
        if source.text not in self._named:
            name = self._free("new_{}" + column, model)
            self._named[source.text] = name
            self.functions.append(source.text.replace("{}", name, 1))
            self.imports |= source.imports
        return self._named[source.text]

    def rows(self, wanted: str, rows: Collection[Code], model: ModelState) -> str:
        """Give the name of a list of rows; in `wanted`, `{}` is where the model's name would stand."""
        return self.add(wanted, list_of(rows), model)

    def dicts(self, wanted: str, rows: Rows, model: ModelState) -> str:
        """Give the name of a list of rows as dicts of columns."""
        items = [fill("{{{}}}", joined(fill("{}: {}", quoted(name), one) for name, one in row.items())) for row in rows]
        name = self.rows(wanted, items, model)
        self._rows[name] = rows
        return name

    def wider(self, rows: Rows, model: ModelState) -> str | None:
        """Give the name of a list of rows of the model that have these columns, and more of them, with these values."""
        for name, known in self._rows.items():
            if self._models[name] != (model.app_label, model.name_lower) or len(known) != len(rows):
                continue
            items = [(row.items(), wide.items()) for row, wide in zip(rows, known, strict=True)]
            if all(mine <= wide for mine, wide in items) and any(mine < wide for mine, wide in items):
                return name
        return None

    def pairs(self, wanted: str, pairs: Collection[tuple[Any, Any]], model: ModelState) -> tuple[str, bool]:
        """Give the name of a table of pairs, and whether it is a dict: keys that are equal to Python need a list."""
        if not _distinct(old for old, _ in pairs):
            return self.add(wanted, self._list(pairs), model), False
        if same := self._tables.get(_texts(pairs)):
            return same, True
        name = self._turned(wanted, pairs, model) or self.add(wanted, self._dict(pairs), model)
        self._tables[_texts(pairs)] = name
        return name, True

    def _turned(self, wanted: str, pairs: Collection[tuple[Any, Any]], model: ModelState) -> str | None:
        """Give the name of a table made of the one that is there the other way round."""
        turned = [(new, old) for old, new in pairs]
        if not _distinct(old for old, _ in turned) or (known := self._tables.get(_texts(turned))) is None:
            return None
        return self.add(wanted.replace("NEW_", "OLD_"), fill("{{new: old for old, new in {}.items()}}", known), model)

    def _dict(self, pairs: Collection[tuple[Any, Any]]) -> Code:
        items = joined(fill("{}: {}", literal(old), literal(new)) for old, new in pairs)
        return fill("{{{}{}}}", items, "," if pairs else "")

    def _list(self, pairs: Collection[tuple[Any, Any]]) -> Code:
        return list_of(literal(pair) for pair in pairs)

    def add(self, wanted: str, code: Code, model: ModelState, apart: str = "") -> str:
        """Give the name of a constant; what is needed `apart` is shared only with what has the same word there."""
        key = apart + code.text
        if key not in self._named:
            name = self._named[key] = self._free(wanted, model)
            self.lines.append(f"{name} = {code.text}")
            self.imports |= code.imports
        return self._named[key]

    def _free(self, wanted: str, model: ModelState) -> str:
        key, word = (model.app_label, model.name_lower), f"{snake(model.name)}_"
        bare = wanted.format("")
        longer = wanted.format(word.upper() if bare.isupper() else word)
        if self._models.get(bare) == key:
            longer = bare
        candidates = chain([bare, longer], (f"{longer}_{number}" for number in count(2)))
        name = next(name for name in candidates if name not in self._models)
        self._models[name] = key
        return name


def _texts(pairs: Collection[tuple[Any, Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((literal(old).text, literal(new).text) for old, new in pairs)


def _distinct(keys: Any) -> bool:
    keys = list(keys)
    try:
        return len(set(keys)) == len(keys)
    except TypeError:  # lists and mappings cannot be keys of a dict
        return False


class Local:
    """The names of one function, handed out as its body is written.

    Names in `avoid` are taken at module level; `classes` are models that the module itself defines.
    """

    def __init__(
        self,
        state: ProjectState,
        constants: Constants,
        avoid: Collection[str] = (),
        classes: Collection[ModelState] = (),
    ) -> None:
        self.state = state
        self.constants = constants
        self.avoid = set(avoid)
        self.given: set[str] = set()
        self.classes = {model.name for model in classes}
        self.taken = OWN | set(HELPERS) | set(dir(builtins)) | set(keyword.kwlist) | self.classes
        self.models = {(model.app_label, model.name_lower): (model.name, model) for model in classes}
        self.definitions: list[Code] = []  # what several statements use, in the order in which it is needed
        self._defined: dict[str, str] = {}

    def model(self, model: ModelState) -> str:
        """Give the variable of a model class: its own name (migration linters ask for that) where it is free."""
        key = (model.app_label, model.name_lower)
        if key not in self.models:
            app = "".join(word.title() for word in re.split("[^a-zA-Z0-9]+", model.app_label))
            candidates = [model.name, f"{app}{model.name}", f"{model.name}Model", f"{app}{model.name}Model"]
            self.models[key] = (self._free(candidates), model)
        return self.models[key][0]

    def rows(self, model: ModelState) -> str:
        """Give the variable that holds all rows of a model, and define it."""
        return self.define(self.plural(model), fill("{}._base_manager.using(alias)", self.model(model)))

    def field(self, model: ModelState, name: str) -> str:
        """Give the variable that holds a field, and define it."""
        return self.define(f"{name}_field", fill("{}._meta.get_field({})", self.model(model), literal(name)))

    def define(self, wanted: str, code: Code) -> str:
        """Give a variable with this value, the one that there is where there is one."""
        if code.text not in self._defined:
            name = self.name(wanted)
            self._defined[code.text] = name
            self.definitions.append(fill("{} = {}", name, code))
        return self._defined[code.text]

    def name(self, *wanted: str) -> str:
        """Give a name that is not taken yet: one of those wanted, or the last with a number."""
        return self._free(wanted)

    def plural(self, model: ModelState) -> str:
        return plural(snake(model.name))

    def column(self, model: ModelState, wanted: str = "new_value") -> str:
        """Give a name for an annotation that no field or relation of the model has."""
        names = set(held_fields(self.state, model))
        names |= {held.field.attname for held in held_fields(self.state, model).values()}
        names |= {query_name(held) for held in pointing_at(self.state, model)}
        free = (f"{wanted}_{number}" for number in count(2))
        return wanted if wanted not in names else next(name for name in free if name not in names)

    def _free(self, wanted: Collection[str]) -> str:
        taken = self.taken | self.avoid
        candidates = chain(wanted, (f"{[*wanted][-1]}_{number}" for number in count(2)))
        name = next(name for name in candidates if name not in taken)
        self.taken.add(name)
        self.given.add(name)
        return name


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def plural(word: str) -> str:
    """Give an English plural, good enough for a variable; a word that seems to be one already gets "rows"."""
    if re.search("[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    if re.search("(ss|us|is|x|z|ch|sh)$", word):
        return f"{word}es"
    return f"{word}_rows" if word.endswith("s") else f"{word}s"


def quoted(text: str) -> Code:
    return plain(repr(text))
