"""Expressions: Python syntax for values that plain data cannot say. They are read here, and never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from migspec.dsl.dotted import Dotted, dotted, dotted_names, known_name, likely_module
from migspec.dsl.facts import FieldPath, field_paths, is_callable_reference, is_deterministic
from migspec.dsl.grammar import ExpressionProblem, syntax_tree
from migspec.dsl.known_names import FUNCTIONS, KNOWN, MODELS

__all__ = [
    "Code",
    "Expression",
    "ExpressionProblem",
    "FieldPath",
    "field_paths",
    "is_callable_reference",
    "is_deterministic",
    "known_name",
    "parse",
]


@dataclass(frozen=True, slots=True)
class Code:
    """Python source of a value, and the import lines that it needs, each for one name or module."""

    text: str
    imports: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as its author wrote it, and its syntax tree; equal where the text is."""

    text: str
    tree: ast.expr = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    def names(self) -> tuple[str, ...]:
        """Give the full import path of every name in it, in the order of writing."""
        return tuple(dict.fromkeys(name.path for _, name in dotted_names(self.tree)))

    def code(self, *, avoid: Collection[str] = (), module_of: Callable[[str], str] = likely_module) -> Code:
        """Give Python source for it.

        Names in `avoid` mean something else where the code will stand; they are written behind their module.
        `module_of` says which part of an import path is the module.
        """
        imports: set[str] = set()

        def written(node: ast.AST) -> ast.AST | None:
            name = dotted(node)
            if name is None:
                return None
            path, import_line = _import(name, avoid, module_of)
            imports.update({import_line} - {""})
            return _node(path)

        return Code(ast.unparse(_rebuilt(self.tree, written)), frozenset(imports))


def parse(text: str) -> Expression:
    """Read an expression; ExpressionProblem if the text is none."""
    return Expression(text, syntax_tree(text))


# --- code ---

# Modules that Django's developers import by their last name.
_SHORT_MODULES = {
    MODELS: ("models", "from django.db import models"),
    FUNCTIONS: ("functions", "from django.db.models import functions"),
}


def _import(name: Dotted, avoid: Collection[str], module_of: Callable[[str], str]) -> tuple[str, str]:
    """Give how a dotted name is written in Python, and the import line for it (empty for builtins)."""
    known = KNOWN.get(name.first)
    if known is None:
        return name.path, f"import {module_of(name.path)}"
    if not known.through and name.first not in avoid:
        return ".".join([name.first, *name.attributes]), known.import_line
    short, import_line = _SHORT_MODULES.get(known.module, (known.module, f"import {known.module}"))
    if short in avoid or not known.attribute:
        short, import_line = known.module, f"import {known.module}"
    return ".".join(filter(None, [short, known.attribute, *name.attributes])), import_line


def _node(path: str) -> ast.expr:
    first, *attributes = path.split(".")
    node: ast.expr = ast.Name(first, ast.Load())
    for attribute in attributes:
        node = ast.Attribute(node, attribute, ast.Load())
    return node


def _rebuilt(node: ast.AST, replacement: Callable[[ast.AST], ast.AST | None]) -> ast.AST:
    """Copy a tree with some of its nodes replaced."""
    new = replacement(node)
    if new is not None:
        return new
    parts = {}
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            value = [_rebuilt(item, replacement) for item in value]
        elif isinstance(value, ast.AST):
            value = _rebuilt(value, replacement)
        parts[name] = value
    return type(node)(**parts)
