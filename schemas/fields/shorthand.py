"""The call of a field class in a string as in models.py, taken apart into arguments."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from migspec.dsl.diagnostics import Path
from migspec.dsl.dotted import dotted
from migspec.dsl.expressions import Expression
from migspec.dsl.grammar import column_of
from migspec.dsl.names import SETTINGS
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.fields.classes import Signature
from migspec.schemas.python.arguments import Argument, Complaints, Written

MODELS_BY_NAME = {"to", "through"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call in an expression: the dotted name that is called, and its parts."""

    text: str
    name: str
    node: ast.Call

    @classmethod
    def of(cls, expression: Expression) -> Call | None:
        """Give the call that the expression is; None where it is something else."""
        tree = expression.tree
        name = dotted(tree.func) if isinstance(tree, ast.Call) else None
        if not isinstance(tree, ast.Call) or name is None:
            return None
        return cls(expression.text, ".".join([name.first, *name.attributes]), tree)

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """Give the positional arguments."""
        return tuple(self.argument("", node) for node in self.node.args)

    def keywords(self) -> dict[str, Argument]:
        return {keyword.arg: self.argument(keyword.arg, keyword.value) for keyword in self.node.keywords if keyword.arg}

    def column(self, name: str) -> int:
        """Give where the keyword argument begins in the text."""
        return next((column_of(self.text, keyword) for keyword in self.node.keywords if keyword.arg == name), 1)

    def named(self, signature: Signature, complaints: Complaints, at: Path) -> dict[str, Argument]:
        """Give all arguments by name, positional ones by the signature of the class that is called."""
        keywords = self.keywords()
        if signature.rest:
            names = [self.argument(signature.rest, node) for node in self.node.args]
            return {signature.rest: names, **keywords} if names else keywords
        for node, name in zip(self.node.args, signature.positional, strict=False):
            if name in keywords:
                error = complaint(
                    "E209", f"the argument '{name}' is given twice", at=at, column=column_of(self.text, node)
                )
                complaints.add(error, self.text)
        if len(self.node.args) > len(signature.positional):
            node = self.node.args[len(signature.positional)]
            hint = "write it with its name: name=value"
            error = complaint(
                "E209",
                "more positional arguments than the class takes",
                hint=hint,
                at=at,
                column=column_of(self.text, node),
            )
            complaints.add(error, self.text)
        positional = zip(signature.positional, self.node.args, strict=False)
        return {**{name: self.argument(name, node) for name, node in positional}, **keywords}

    def argument(self, name: str, node: ast.expr) -> Argument:
        """Give one argument: the name of a model where one is meant, else the part of the expression."""
        if name in MODELS_BY_NAME and isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if name in MODELS_BY_NAME and (setting := dotted(node)) and setting.first == SETTINGS:
            return ".".join([SETTINGS, *setting.attributes])
        return Written(Expression(self.text, node), ())
