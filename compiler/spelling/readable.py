"""Expressions as Django serializes them, turned into what people write."""

from __future__ import annotations

import ast
from typing import Final

from django.db import models

from migspec.dsl.dotted import dotted
from migspec.dsl.known_names import KNOWN

ARITHMETIC: Final = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "%%": ast.Mod, "^": ast.Pow}
CONNECTORS: Final = {"AND": ast.BitAnd, "OR": ast.BitOr, "XOR": ast.BitXor}


class Readable(ast.NodeTransformer):
    """Gives known names without their import path, and what Q, F and OrderBy stand for with operators and methods.

    The result means the same, but for a Q with one child, which forgets how it would join others.
    """

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = dotted(node)
        short = shortened(".".join([name.first, *name.attributes])) if name else ""
        return ast.parse(short, mode="eval").body if short else self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Give a member of an Enum as an attribute."""
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(key, str) and key.isidentifier():
            return ast.Attribute(self.visit(node.value), key, ast.Load())
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        call = self.generic_visit(node)
        assert isinstance(call, ast.Call)
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        match ast.unparse(call.func), call.args:
            case "Q", [_, *_] as children if keywords.keys() <= {"_connector", "_negated"}:
                joined_by = connector(keywords.get("_connector"))
                if not any(is_joined(child, joined_by) for child in children):
                    return condition(children, joined_by, negated="_negated" in keywords)
            case "models.expressions.CombinedExpression", [left, ast.Constant(value=str(sign)), right] if (
                sign in ARITHMETIC and not keywords and bare(left) is left
            ):
                return ast.BinOp(left, ARITHMETIC[sign](), bare(right))
            case "OrderBy", [of] if isinstance(of, ast.Call):
                descending = keywords.pop("descending", None)
                method = ast.Attribute(of, "desc" if descending is not None else "asc", ast.Load())
                return ast.Call(method, [], [ast.keyword(name, value) for name, value in keywords.items()])
        return call


def condition(children: list[ast.expr], joined_by: str, *, negated: bool) -> ast.expr:
    """Give a Q: its lookups as keywords, its parts joined by operators."""
    names = [lookup_name(child) for child in children]
    if all(names) and joined_by == "AND" and names == sorted(set(names)):
        found: ast.expr = lookups(children)
    else:
        parts = [lookups([child]) if name else child for name, child in zip(names, children, strict=True)]
        found = parts[0]
        for part in parts[1:]:
            found = ast.BinOp(found, CONNECTORS[joined_by](), part)
    return ast.UnaryOp(ast.Invert(), found) if negated else found


def is_joined(child: ast.expr, joined_by: str) -> bool:
    """Whether an operator would take a part of a Q apart, and join what is in it."""
    match child:
        case ast.BinOp(op=sign):
            return isinstance(sign, CONNECTORS[joined_by])
        case ast.Call(func=ast.Name(id="Q"), args=[], keywords=keywords):
            return joined_by == "AND" or len(keywords) == 1
    return False


def lookups(children: list[ast.expr]) -> ast.Call:
    keywords = [ast.keyword(lookup_name(child), child.elts[1]) for child in children if isinstance(child, ast.Tuple)]
    return ast.Call(ast.Name("Q", ast.Load()), [], keywords)


def lookup_name(child: ast.expr) -> str:
    """Give the name of a lookup where it can be a keyword."""
    match child:
        case ast.Tuple(elts=[ast.Constant(value=str(name)), _]) if name.isidentifier():
            return name
    return ""


def connector(written: ast.expr | None) -> str:
    return str(written.value) if isinstance(written, ast.Constant) else "AND"


def bare(node: ast.expr) -> ast.expr:
    """Give what stands in Value(...), or the node itself."""
    match node:
        case ast.Call(func=ast.Name(id="Value"), args=[value], keywords=[]):
            return value
    return node


def shortened(path: str) -> str:
    """Give the name of the language for an import path, or nothing where it has none."""
    module, _, name = path.rpartition(".")
    known = KNOWN.get(name)
    if module == "models":
        module = models.__name__
    if known is not None and known.attribute and f"{module}.".startswith(f"{known.module}."):
        return f"{known.through}.{name}" if known.through else name
    for short, of in KNOWN.items():
        if not of.attribute and module == of.module != short:
            return f"{short}.{name}"
    return ""
