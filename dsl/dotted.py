"""Dotted names in a syntax tree, and what they mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from migspec.dsl.known_names import KNOWN


class Dotted(NamedTuple):
    """A name and the attributes after it: models.Q is ('models', ('Q',))."""

    first: str
    attributes: tuple[str, ...]

    @property
    def path(self) -> str:
        """The full import path."""
        first = KNOWN[self.first].dotted if self.first in KNOWN else self.first
        return ".".join([first, *self.attributes])


def dotted(node: ast.AST) -> Dotted | None:
    """Give the dotted name that a node is; None for any other node."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.insert(0, node.attr)
        node = node.value
    return Dotted(node.id, tuple(attributes)) if isinstance(node, ast.Name) else None


def dotted_names(tree: ast.AST) -> Iterator[tuple[ast.AST, Dotted]]:
    """Yield every dotted name with its node, in the order of writing."""
    todo = [tree]
    while todo:
        node = todo.pop()
        name = dotted(node)
        if name:
            yield node, name
        else:
            todo += reversed(list(ast.iter_child_nodes(node)))


def known_name(node: ast.AST) -> str | None:
    """Give the name in the table that a node means, however it is written: F, models.F, django.db.models.F."""
    name = dotted(node)
    if name is None:
        return None
    last = (name.first, *name.attributes)[-1]
    known = KNOWN.get(last)
    if known is None or not name.attributes:
        return last if known else None
    # Django exports from a package what its modules hold: django.db.models.expressions.F is django.db.models.F.
    return last if name.path.startswith("django.") and known.module.startswith("django.") else None


def likely_module(path: str) -> str:
    """Guess the module in an import path: what comes before the first class, or before the last dot."""
    parts = path.split(".")
    capital = next((index for index, part in enumerate(parts) if index and part[0].isupper()), len(parts) - 1)
    return ".".join(parts[:capital])
