"""Steps as text to paste into a spec, laid out as people write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from migspec.compiler.lint.rule import Data
from migspec.compiler.specs import SpecFile
from migspec.schemas.errors.wording import as_written, inline, is_plain

WIDTH = 100


def step_lines(steps: Sequence[Data], format: Literal["yaml", "toml"]) -> list[str]:
    """Give steps as items of `steps`, without indentation."""
    if format == "toml":
        return separated([["[[steps]]", *toml_lines(step)] for step in steps])
    return [line for step in steps for line in as_item(yaml_lines(step))]


def separated(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Join tables, with a blank line between them."""
    return [line for number, block in enumerate(blocks) for line in (["", *block] if number else block)]


def as_item(lines: Sequence[str]) -> list[str]:
    return [("- " if number == 0 else "  ") + line if line else "" for number, line in enumerate(lines)]


# --- YAML ---


def yaml_lines(mapping: dict[str, Any]) -> list[str]:
    """Write a mapping in block style; what is short stands in one line."""
    return [line for key, value in mapping.items() for line in entry(key, value)]


def entry(key: str, value: Any) -> list[str]:
    name = key if is_plain(key) else json.dumps(key, ensure_ascii=False)
    if isinstance(value, str) and "\n" in value and is_block(value):
        indicator = "|" if value.endswith("\n") else "|-"
        return [f"{name}: {indicator}", *(f"  {line}" if line else "" for line in value.rstrip("\n").split("\n"))]
    short = f"{name}: {flow(value)}"
    if len(short) <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return [short]
    if isinstance(value, dict):
        return [f"{name}:", *(f"  {line}" for line in yaml_lines(value))]
    return [f"{name}:", *(f"  {line}" for item in value for line in item_lines(item))]


def item_lines(item: Any) -> list[str]:
    short = f"- {flow(item)}"
    if len(short) <= WIDTH or not isinstance(item, dict) or not item:
        return [short]
    return as_item(yaml_lines(item))


def flow(value: Any) -> str:
    return text(value) if isinstance(value, str) else inline(value, "yaml")


def text(value: str) -> str:
    """Write text on one line; without quotes where YAML reads it as itself outside a flow collection."""
    if is_plain(value) or is_prose(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def is_prose(value: str) -> bool:
    """Whether the text is of words that need no quotes in block style."""
    return (
        value[:1].isalpha()
        and value == value.strip()
        and value.isprintable()
        and not any(mark in value for mark in (": ", " #", '"', "'", "\\"))
        and not value.endswith(":")
        and " " in value
    )


def is_block(value: str) -> bool:
    """Whether a block scalar gives the text back: no leading blank, no control characters, one line end at most."""
    return (
        not value[0].isspace()
        and not value.endswith("\n\n")
        and all(line.isprintable() and not line.isspace() for line in value.split("\n"))
    )


# --- TOML ---


def toml_lines(mapping: dict[str, Any]) -> list[str]:
    return [f"{key if is_bare(key) else json.dumps(key)} = {toml(value)}" for key, value in mapping.items()]


def is_bare(key: str) -> bool:
    return key.isascii() and key.replace("_", "").replace("-", "").isalnum()


def toml(value: Any) -> str:
    """Write a value as TOML; inline() leaves keys bare."""
    match value:
        case dict():
            return "{ " + ", ".join(toml_lines(value)) + " }" if value else "{}"
        case list():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case bool() | int() | float():
            return as_written(value)
    return '{ expr = "None" }'


# --- keeping what the author wrote ---


def replacing(spec: SpecFile, index: int, steps: Sequence[Data]) -> list[str]:
    """Give the lines of `steps`, to stand in the place of a step; keys that stay as they are keep their lines."""
    kept = written_keys(spec, index)
    old = spec.source.data["steps"][index]
    format = spec.source.format
    blocks = []
    for step in steps:
        lines: list[str] = []
        for key, value in step.items():
            if key in kept and value == old[key] and type(value) is type(old[key]):
                lines += kept[key]
                continue
            written = entry(key, value) if format == "yaml" else toml_lines({key: value})
            if len(written) == 1 and len(kept.get(key, ())) == 1 and step.get(spec.spec.steps[index].verb) is not None:
                written = [written[0] + comment_after(spec, index, key)]
            lines += written
        blocks.append(["[[steps]]", *lines] if format == "toml" else as_item(lines))
    return separated(blocks) if format == "toml" else [line for block in blocks for line in block]


def comment_after(spec: SpecFile, index: int, key: str) -> str:
    """Give the comment at the end of a value's line, with the blanks before it."""
    place = spec.place("steps", index, key)
    rest = place.text[place.column - 1 + place.width :].rstrip()
    return rest if rest.lstrip().startswith("#") else ""


def written_keys(spec: SpecFile, index: int) -> dict[str, list[str]]:
    """Give the lines of each key of a step as they are written, without the step's indentation.

    Empty where the step is not laid out with a key at the beginning of each line.
    """
    _, end = step_range(spec, index)
    marks = marks_of(spec, index)
    starts = sorted((line - 1, column - 1, key) for key, (line, column, _) in marks.items())
    lines = spec.source.lines
    if not starts or len({line for line, _, _ in starts}) < len(starts) or len({column for _, column, _ in starts}) > 1:
        return {}
    indent = starts[0][1]
    if spec.source.format == "toml" and any(lines[line].lstrip().startswith("[") for line, _, _ in starts):
        return {}
    found = {}
    for number, (line, _, key) in enumerate(starts):
        stop = starts[number + 1][0] if number + 1 < len(starts) else end
        found[key] = [lines[line][indent:], *(later[indent:].rstrip() for later in lines[line + 1 : stop])]
    return found


def keeps_comments(spec: SpecFile, index: int) -> bool:
    """Whether `replacing` keeps what the author noted beside the keys that stay."""
    first, end = step_range(spec, index)
    return bool(written_keys(spec, index)) or not any("#" in line for line in spec.source.lines[first:end])


def marks_of(spec: SpecFile, index: int) -> dict[str, tuple[int, int, int]]:
    members = spec.source.marks.members
    steps = members["steps"].members if isinstance(members, dict) else None
    return dict(steps[index].keys or {}) if isinstance(steps, list) else {}


def step_range(spec: SpecFile, index: int) -> tuple[int, int]:
    """Give the first line of a step, counted from 0, and the line after its last; blank lines and comments that
    follow it are not its own."""
    lines = spec.source.lines
    marks = marks_of(spec, index)
    first = min(line for line, _, _ in marks.values()) - 1
    indent = min(column for _, column, _ in marks.values()) - 1
    end = max(line for line, _, _ in marks.values())
    if spec.source.format == "toml":
        while not lines[first].lstrip().startswith("[["):
            first -= 1
        while end < len(lines) and not lines[end].lstrip().startswith("[["):
            end += 1
    else:
        while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) >= indent):
            end += 1
    while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return first, end
