"""Functions that give JSON in its new shape: as `match` finds the place, whatever is not there stays as it is."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator, Sequence
from typing import Any

from migspec.compiler.emit.code import block, docstring, fill, joined, literal, plain
from migspec.compiler.emit.local import Constants, quoted, snake
from migspec.compiler.emit.values import Target
from migspec.dsl.expressions import Code
from migspec.schemas.data.rows import JsonChange

# Names that these functions use themselves.
OWN = {"changed", "gone", "item", "json", "kept", "key", "names", "new", "old", "pairs", "renamed", "text", "value"}


def reshaper(change: JsonChange, name: str, of: Target, constants: Constants, *, stops: bool) -> Code:
    """Give the source of a function of the parameter `name`; `{}` stands for its own name.

    `stops` is whether the function itself stops where a mapping has a key already that it is to get.
    """
    variables = _variables(name, change.at)
    if change.of_keys:
        shape, what = "dict", "keys"
        body, new = _keys(change, variables[-1])
        body = [*_stop_at_keys(variables[-1], guarded_keys(change) if stops else ()), *body]
    else:
        shape, what = "list", "elements"
        body, new = _elements(change, variables[-1], of, constants)
    if not change.at:
        noun = "mapping" if change.of_keys else "list"
        said = f"{name} with other {what}; JSON that is no {noun} stays as it is."
        guard = block(plain(f"if not isinstance({name}, {shape})"), [plain(f"return {name}")])
        return block(plain(f"def {{}}({name})"), [plain(docstring([said])), guard, *body, fill("return {}", new)])
    said = f"{name} with other {what} at {', '.join(change.at)}; other JSON stays as it is."
    pattern = plain(f"{shape}({variables[-1]})")
    for index, key in reversed([*enumerate(change.at)]):
        inner = f" as {variables[index]}" if index else ""
        pattern = fill("{{{}: {}}}{}", quoted(key), pattern, inner)
        new = fill("{} | {{{}: {}}}", variables[index], quoted(key), new)
    case = block(fill("case {}", pattern), [*body, fill("return {}", new)])
    found = block(plain(f"match {name}"), [case])
    return block(plain(f"def {{}}({name})"), [plain(docstring([said])), found, plain(f"return {name}")])


def _variables(name: str, at: Sequence[str]) -> list[str]:
    """Give a variable for the JSON and for what stands behind each key."""
    found = [name]
    for key in at:
        wanted = snake(key)
        taken = {*OWN, *found, *dir(builtins), *keyword.kwlist}
        if not re.fullmatch("[a-z][a-z0-9_]*", wanted) or wanted in taken or wanted.startswith("new_"):
            wanted = "inner" if "inner" not in found else f"inner_{len(found)}"
        found.append(wanted)
    return found


# --- mappings ---


def _keys(change: JsonChange, name: str) -> tuple[list[Code], Code]:
    """Give the statements and the expression of a mapping with other keys."""
    olds = [*(old for old, _ in change.rename), *change.drop]
    parts = [plain(name)]
    before: list[Code] = []
    if olds:
        kept = fill("{{key: value for key, value in {}.items() if key not in {}}}", name, literal(tuple(olds)))
        parts = [plain("kept")] if change.rename or change.set else [kept]
        before += [fill("kept = {}", kept)] if change.rename or change.set else []
    if change.rename:
        before.append(fill("names = {}", literal(dict(change.rename))))
        renamed = fill("renamed = {{new: {}[old] for old, new in names.items() if old in {}}}", name, name)
        before.append(renamed)
        parts.append(plain("renamed"))
    if change.set:
        parts.append(literal(dict(change.set)))
    if change.existing == "skip":
        parts.reverse()
    return before, joined(parts, " | ")


def guarded_keys(change: JsonChange) -> list[str]:
    """Give the new keys that the mapping may not have yet."""
    gone = {*(old for old, _ in change.rename), *change.drop}
    return [key for key in change.new_keys if key not in gone] if change.existing == "error" else []


def _stop_at_keys(name: str, keys: Sequence[str]) -> list[Code]:
    if not keys:
        return []
    one = fill("{} in {}", quoted(keys[0]), name)
    several = fill("{}.keys() & {{{}}}", name, joined(map(quoted, keys)))
    return [_raise(one if len(keys) == 1 else several, f"{name} has {one_of('key', keys)} already")]


# --- lists ---


def _elements(change: JsonChange, name: str, of: Target, constants: Constants) -> tuple[list[Code], Code]:
    """Give the statements and the expression of a list with other elements."""
    steps: list[tuple[list[Code], Code, str]] = []  # statements, the list that they lead to, and its variable
    if change.remove:
        steps.append((*_removed(change.remove, name), "kept"))
    current = steps[-1][-1] if steps else name
    if change.replace:
        steps.append((*_replaced(change.replace, current), "changed"))
    if change.each:
        inner = reshaper(change.each, "item", of, constants, stops=True)
        function = constants.function(f"{of.attname}_item", inner, of.model)
        steps.append(([], plain(f"[{function}(item) for item in {current}]"), "changed"))
    current = steps[-1][-1] if steps else name
    if change.append:
        steps.append((*_appended(change, current, name), ""))
    *first, (last, result, _) = steps
    before = [code for made, found, variable in first for code in (*made, fill("{} = {}", variable, found))]
    return [*before, *last], result


# Python takes 1, 1.0 and True to be one; their JSON tells them apart.
TEXT = plain("json.dumps(item, sort_keys=True)", "import json")


def _by_value(elements: Sequence[Any]) -> bool:
    """Whether == finds just these elements in a list: there is no number in them, and neither true nor false."""
    inside = [[*one.values()] if isinstance(one, dict) else one for one in elements]
    return all(_by_value(one) if isinstance(one, list) else one is None or isinstance(one, str) for one in inside)


def _removed(elements: Sequence[Any], name: str) -> tuple[list[Code], Code]:
    if _by_value(elements):
        return [], fill("[item for item in {} if item not in {}]", name, literal(tuple(elements)))
    gone = fill("gone = {{{} for item in {}}}", TEXT, literal(list(elements)))
    return [gone], fill("[item for item in {} if {} not in gone]", name, TEXT)


def _replaced(pairs: Sequence[tuple[Any, Any]], name: str) -> tuple[list[Code], Code]:
    if all(isinstance(old, str) for old, _ in pairs):
        replaced = plain(f"[new.get(item, item) if isinstance(item, str) else item for item in {name}]")
        return [fill("new = {}", literal(dict(pairs)))], replaced
    table = fill("pairs = {}", literal(list(pairs)))
    new = plain("new = {json.dumps(old, sort_keys=True): new for old, new in pairs}", "import json")
    return [table, new], fill("[new.get({}, item) for item in {}]", TEXT, name)


def _appended(change: JsonChange, name: str, said: str) -> tuple[list[Code], Code]:
    before, sign, there = [fill("new = {}", literal(list(change.append)))], plain("item"), name
    if not _by_value(change.append):
        before.append(fill("there = {{{} for item in {}}}", TEXT, name))
        sign, there = TEXT, "there"
    if change.existing == "skip":
        return before, fill("{} + [item for item in new if {} not in {}]", name, sign, there)
    taken = fill("any({} in {} for item in new)", sign, there)
    stop = _raise(taken, f"{said} has {one_of('element', list(map(repr, change.append)))} already")
    return [*before, stop], fill("{} + new", name)


# --- what is there already ---


def _raise(condition: Code, said: str) -> Code:
    return block(fill("if {}", condition), [fill("raise ValueError({})", repr(said))])


def may_stop(change: JsonChange) -> bool:
    """Whether the function raises a ValueError for JSON that has already what it is to get."""
    if change.of_keys:
        return bool(guarded_keys(change))
    return bool(change.append and change.existing == "error") or (change.each is not None and may_stop(change.each))


def what_stops(change: JsonChange) -> str:
    """Say what is there already: "one of the keys a, b at orders[], address"."""
    return " or ".join(_stopping(change, ()))


def _stopping(change: JsonChange, above: Sequence[str]) -> Iterator[str]:
    way = [*above, *change.at]
    place = f" at {', '.join(way)}" if way else ""
    if change.of_keys and (keys := guarded_keys(change)):
        yield f"{one_of('key', keys)}{place}"
    if change.append and change.existing == "error":
        yield f"{one_of('element', list(map(repr, change.append)))}{place}"
    if change.each is not None:
        *before, last = way or [""]
        yield from _stopping(change.each, [*before, f"{last}[]"])


def one_of(noun: str, texts: Sequence[str]) -> str:
    """Say which: "the key a", or "one of the keys a, b"."""
    return f"the {noun} {texts[0]}" if len(texts) == 1 else f"one of the {noun}s {', '.join(texts)}"
