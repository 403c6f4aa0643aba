"""Small tools that build code from code: a name always brings the import that it needs."""

from __future__ import annotations

import ast
import keyword
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.migrations.writer import MigrationWriter

from migspec.dsl.expressions import Code, Expression
from migspec.schemas.python.importing import module_of

# Comments and docstrings end here, as code does in black's default mode.
WIDTH = 88


class CannotEmit(Exception):
    """A row change for which there is no code; `hint` says what to write instead, `at` leads to it in the step."""

    def __init__(self, message: str, hint: str = "", *at: str | int) -> None:
        super().__init__(message)
        self.message, self.hint, self.at = message, hint, at


def plain(text: str, *imports: str) -> Code:
    return Code(text, frozenset(imports))


def db(name: str) -> Code:
    """A name of django.db.models: F, Exists, Subquery."""
    return plain(name, f"from django.db.models import {name}")


def fill(template: str, *parts: Code | str) -> Code:
    """Fill the `{}` of a template, and join the imports."""
    codes = [plain(part) if isinstance(part, str) else part for part in parts]
    return Code(template.format(*(code.text for code in codes)), frozenset().union(*(code.imports for code in codes)))


def joined(codes: Iterable[Code], separator: str = ", ") -> Code:
    codes = list(codes)
    return Code(separator.join(code.text for code in codes), frozenset().union(*(code.imports for code in codes)))


def list_of(codes: Iterable[Code]) -> Code:
    """Give a list with one item a line: black keeps to the last comma."""
    items = joined(codes)
    return fill("[{}{}]", items, "," if items.text else "")


def keywords(arguments: Sequence[tuple[str, Code]]) -> Code:
    """Give the arguments of a call; those whose names are no identifiers as an unpacked mapping."""
    named = [fill("{}={}", name, value) for name, value in arguments if is_name(name)]
    others = [fill("{}: {}", repr(name), value) for name, value in arguments if not is_name(name)]
    return joined([*named, *([fill("**{{{}}}", joined(others))] if others else [])])


def is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


# --- values ---


def code_of(expression: Expression) -> Code:
    """Give the source of an expression, with the modules that its import paths really name."""
    return expression.code(module_of=module_of)


def literal(value: Any) -> Code:
    """Give the source of a literal, readable and on one line; CannotEmit where Django cannot write it down."""
    if isinstance(value, Expression):
        return code_of(value)
    if type(value) is dict:
        return fill("{{{}}}", joined(fill("{}: {}", literal(key), literal(item)) for key, item in value.items()))
    if type(value) is list:
        return fill("[{}]", joined(literal(item) for item in value))
    if type(value) is tuple:
        return fill("({}{})", joined(literal(item) for item in value), "," if len(value) == 1 else "")
    try:
        text, imports = MigrationWriter.serialize(value)
    except ValueError as error:
        raise CannotEmit(f"Django cannot write {value!r} into a file: {one_line(str(error))}") from None
    return Code(text, frozenset(imports))


def message(text: str, shown: str) -> Code:
    """Give an f-string that says `text`, a colon and the value of the variable `shown`, in pieces that fit a line."""
    pieces = textwrap.wrap(text + ": ", 60, drop_whitespace=False, break_long_words=False, break_on_hyphens=False)
    *before, last = pieces or [""]
    braced = repr(last.replace("{", "{{").replace("}", "}}"))
    ending = f"f{braced[:-1]}{{{shown}}}{braced[-1]}"
    return plain(" ".join([*map(repr, before), ending]))


# --- statements ---


def block(header: Code, body: Iterable[Code]) -> Code:
    """Give a compound statement."""
    inner = joined(body, "\n")
    indented = textwrap.indent(inner.text, "    ")
    return fill("{}:\n{}", header, Code(indented, inner.imports))


def comment(text: str, indent: int = 8) -> Code:
    """Give a comment that fits a line at `indent`."""
    return plain("\n".join(f"# {line}" for line in wrapped(printable(one_line(text)), WIDTH - indent - 2)))


def docstring(paragraphs: Sequence[str], indent: int = 4) -> str:
    """Give the docstring of a function: the first paragraph is its first line, the others are wrapped."""
    first, *others = [one_line(escaped(paragraph)) for paragraph in paragraphs]
    room = WIDTH - indent
    if not others and len(first) + 6 <= room:
        return f'"""{first}"""'
    lines = ["\n".join(wrapped(paragraph, room)) for paragraph in others]
    text = "\n\n".join(["\n".join(wrapped(first, room - 3)), *lines])
    return f'"""{text}\n"""'


def wrapped(text: str, width: int) -> list[str]:
    """Break text into lines between words: a break inside one might split an escape."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def escaped(text: str) -> str:
    """Give text as it may stand between triple quotes: nothing in it ends the string or is a control character."""
    text = re.sub(r'"{3,}|"+\Z', lambda quotes: '\\"' * len(quotes[0]), text.replace("\\", "\\\\"))
    return printable(text)


def printable(text: str) -> str:
    """Write control characters, and whatever else nobody would see, as escapes; spaces and line breaks stay."""
    return "".join(c if c.isprintable() or c in " \n" else repr(c)[1:-1] for c in text)


def one_line(text: str) -> str:
    return " ".join(text.split())


# --- what a piece of code uses ---


def names_used(source: str) -> set[str]:
    """Give the names that a piece of code reads."""
    tree = ast.parse(source)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def names_imported(lines: Iterable[str]) -> set[str]:
    """Give the names that import lines bind."""
    found = set()
    for line in lines:
        for node in ast.walk(ast.parse(line)):
            if isinstance(node, ast.alias):
                found.add((node.asname or node.name).partition(".")[0])
    return found
