"""The grammar of expressions: the part of Python's that says what a value is, and nothing about how to compute it."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from migspec.dsl.dotted import dotted
from migspec.dsl.known_names import BUILTINS, INSTEAD, KNOWN

MAX_LENGTH: Final = 65_536
MAX_DEPTH: Final = 100  # Python's own functions over trees recurse
MAX_EXPONENT: Final = 64
MAX_BITS: Final = 1024  # of a whole number; no column holds more

_HOW_TO_NAME = "write its import path, as in 'app.module.name'; text stands in quotes"

# Python that is refused, and what to write instead.
_REFUSED: Final[dict[type[ast.AST], tuple[str, str]]] = {
    ast.Lambda: ("a lambda", "name a function of the project: 'app.module.function'"),
    ast.JoinedStr: ("an f-string", "the database joins text: Concat('first', Value(' '), 'last')"),
    ast.ListComp: ("a comprehension", "write the items one by one"),
    ast.SetComp: ("a comprehension", "write the items one by one"),
    ast.DictComp: ("a comprehension", "write the items one by one"),
    ast.GeneratorExp: ("a comprehension", "write the items one by one"),
    ast.Subscript: ("an index in brackets", "name the value itself"),
    ast.NamedExpr: ("an assignment", "a condition is written Q(name='value')"),
    ast.IfExp: ("if ... else", "the database chooses: Case(When(Q(...), then=...), default=...)"),
    ast.Await: ("await", ""),
    ast.Yield: ("yield", ""),
    ast.YieldFrom: ("yield", ""),
    ast.Starred: ("unpacking with *", "write the items one by one"),
    ast.Compare: ("a comparison", "write it as a lookup: Q(age__gte=18)"),
}
_REFUSED_OPERATORS: Final[dict[type[ast.AST], tuple[str, str]]] = {
    ast.And: ("'and'", "join conditions with &: Q(a=1) & Q(b=2)"),
    ast.Or: ("'or'", "join conditions with |: Q(a=1) | Q(b=2)"),
    ast.Not: ("'not'", "write ~ before the condition: ~Q(a=1)"),
    ast.FloorDiv: ("'//'", "write Floor(F('a') / F('b'))"),
    ast.MatMult: ("'@'", ""),
    ast.LShift: ("'<<'", "write F('flags').bitleftshift(1)"),
    ast.RShift: ("'>>'", "write F('flags').bitrightshift(1)"),
}
# Parts of a tree that say nothing by themselves.
_SILENT: Final = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


class ExpressionProblem(ValueError):
    """A text that is no expression. `column` counts from 1 in the text; `hint` says what to write."""

    def __init__(self, message: str, column: int = 1, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.hint = hint


def syntax_tree(text: str) -> ast.expr:
    """Read the text of an expression; ExpressionProblem about the first thing that does not belong in one."""
    if len(text) > MAX_LENGTH:
        raise ExpressionProblem(
            f"the expression is longer than {MAX_LENGTH:,} characters",
            hint="name a constant of the project: 'app.module.NAME'",
        )
    tree = _python(text)
    for node in _in_order(tree):
        for message, hint in _complaints(node):
            raise ExpressionProblem(message, column_of(text, node), hint)
    return tree


def column_of(text: str, node: ast.AST) -> int:
    """Give where a node of the tree of `text` begins, counting characters of the whole text from 1."""
    return _column(text, getattr(node, "lineno", 1), getattr(node, "col_offset", 0))


def width_of(text: str, node: ast.expr) -> int:
    """Give how many characters of the text a node takes."""
    return _column(text, node.end_lineno or 1, node.end_col_offset or 0) - column_of(text, node)


# --- Python ---


def _python(text: str) -> ast.expr:
    if not text.strip():
        raise ExpressionProblem("an empty expression", hint="write None for no value, '' in quotes for empty text")
    indent = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            # What Python only warns of (an unknown escape in a text) is a mistake here.
            warnings.simplefilter("error")
            return ast.parse(text[indent:], mode="eval").body
    except SyntaxError as error:
        raise _not_python(text, error) from None
    except (RecursionError, MemoryError):
        raise _too_deep(1) from None
    except (ValueError, UnicodeError):
        raise ExpressionProblem("the expression holds a character that no text file can hold") from None


def _not_python(text: str, error: SyntaxError) -> ExpressionProblem:
    """Translate a syntax error. Python words them differently from version to version, so its words are not kept."""
    line, offset = error.lineno or 1, max(error.offset or 1, 1)
    starts = _line_starts(text)
    column = min(starts[min(line, len(starts)) - 1] + offset, max(len(text.rstrip()), 1))
    if "escape" in (error.msg or ""):
        message, hint = "a backslash in a text with no meaning after it", r"write r'\d+', or double it: '\\d+'"
        return ExpressionProblem(message, column, hint)
    return ExpressionProblem("this is not a Python expression", column, _syntax_hint(text))


def _syntax_hint(text: str) -> str:
    if re.search("[\u2018\u2019\u201c\u201d\u00ab\u00bb]", text):
        return "write straight quotes: 'text'"
    if "\n" in text.strip():
        return "an expression on several lines stands in parentheses"
    if "&&" in text or "||" in text or "!" in text.replace("!=", ""):
        return "join conditions with & and |, and negate with ~: ~Q(a=1) & Q(b=2)"
    if re.search(r"^\s*\w+\s*=", text):
        return "a condition is written Q(name='value')"
    return "an expression is Python, with text in quotes: Concat('first', Value(' '), 'last')"


def _too_deep(column: int) -> ExpressionProblem:
    hint = "name a constant or function of the project, or use __in for many alternatives"
    return ExpressionProblem(f"the expression is nested deeper than {MAX_DEPTH} levels", column, hint)


def _in_order(tree: ast.expr) -> Iterator[ast.AST]:
    """Yield the nodes as they are written, without the names inside dotted names; refuse what is nested too deeply."""
    todo: list[tuple[ast.AST, int]] = [(tree, 1)]
    while todo:
        node, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise _too_deep(1)
        yield node
        if isinstance(node, ast.Attribute) and dotted(node):
            continue
        children = [child for child in ast.iter_child_nodes(node) if not isinstance(child, _SILENT)]
        todo += [(child, depth + 1) for child in reversed(children)]


def _column(text: str, line: int, byte: int) -> int:
    starts = _line_starts(text)
    start = starts[min(line, len(starts)) - 1]
    # ast counts the bytes of UTF-8.
    return start + len(text[start:].encode(errors="surrogatepass")[:byte].decode(errors="ignore")) + 1


def _line_starts(text: str) -> list[int]:
    """Give where the lines of the parsed part begin; blanks before it are not parsed."""
    indent = len(text) - len(text.lstrip())
    return [indent, *(found.end() for found in re.finditer(r"\r\n?|\n", text) if found.end() > indent)]


# --- what does not belong ---


def _complaints(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a node itself, as message and hint."""
    match node:
        case ast.Constant():
            yield from _about_constant(node.value)
        case ast.Name(id=name):
            yield from _about_name(name)
        case ast.Attribute():
            yield from _about_attribute(node)
        case ast.Call():
            yield from _about_call(node)
        case ast.Dict():
            yield from _about_dict(node)
        case ast.UnaryOp():
            yield from _about_operator(node.op, node.operand)
        case ast.BinOp():
            yield from _about_operator(node.op, node.left, node.right)
        case ast.BoolOp():
            yield from _about_operator(node.op)
        case ast.keyword():
            yield from _about_keyword(node.arg)
        case ast.List() | ast.Tuple() | ast.Set():
            pass
        case _:
            what, hint = _REFUSED.get(type(node), ("this", ""))
            yield f"{what} cannot stand in an expression", hint


def _about_constant(value: object) -> Iterator[tuple[str, str]]:
    match value:
        case bool() | None | str() | bytes():
            return
        case int():
            if value.bit_length() > MAX_BITS:
                yield f"a whole number of more than {MAX_BITS} bits", "no column holds it"
        case float():
            if not math.isfinite(value):
                yield "a number too large for a float", "write Decimal('1e999')"
        case _:
            what = "'...'" if value is ... else "a complex number"
            yield f"{what} cannot stand in an expression", ""


def _about_name(name: str) -> Iterator[tuple[str, str]]:
    if name not in KNOWN:
        folded = {known.casefold(): known for known in KNOWN}
        # Closer than names of a project need be: the text may be no name at all.
        close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.75)
        hint = INSTEAD.get(name) or (f"did you mean '{folded[close[0]]}'?" if close else _HOW_TO_NAME)
        yield f"the name '{name}' is not known", hint


def _about_attribute(node: ast.Attribute) -> Iterator[tuple[str, str]]:
    name = dotted(node)
    for part in (name.first, *name.attributes) if name else (node.attr,):
        if part.startswith("_"):
            yield f"'{part}' is private, and private names cannot be used", "give it a name without the underscore"
    if name and name.first in KNOWN and KNOWN[name.first].module == BUILTINS:
        yield f"the methods of {name.first} compute a value", "write the value itself"
    if not name and not isinstance(node.value, ast.Attribute | ast.Call | ast.BinOp | ast.UnaryOp):
        yield f"a literal has no '{node.attr}'", "write the value itself"


def _about_call(node: ast.Call) -> Iterator[tuple[str, str]]:
    if not isinstance(node.func, ast.Name | ast.Attribute):
        yield "only a name can be called", ""
    if isinstance(node.func, ast.Name) and (node.args or node.keywords):
        known = KNOWN.get(node.func.id)
        if known and known.module == BUILTINS:
            yield f"{node.func.id}(...) computes a value", "write the value itself"
    names = [keyword.arg for keyword in node.keywords]
    for name in names:
        if name and names.count(name) > 1:
            yield f"the argument '{name}' is given twice", f"join conditions with &: Q({name}=1) & Q({name}=2)"


def _about_keyword(name: str | None) -> Iterator[tuple[str, str]]:
    if name is None:
        yield "unpacking with ** cannot stand in an expression", "write the arguments one by one"
    elif name.startswith("__"):
        yield f"'{name}' is private, and private names cannot be used", ""


def _about_dict(node: ast.Dict) -> Iterator[tuple[str, str]]:
    seen: set[object] = set()  # as a dict compares them: 1 is True
    for key in node.keys:
        if key is None:
            yield "unpacking with ** cannot stand in an expression", "write the items one by one"
        elif isinstance(key, ast.Constant):
            if key.value in seen:
                yield f"the key {key.value!r} stands twice in a dict", "remove one of them"
            seen.add(key.value)


def _about_operator(operator: ast.AST, *operands: ast.expr) -> Iterator[tuple[str, str]]:
    if type(operator) in _REFUSED_OPERATORS:
        what, hint = _REFUSED_OPERATORS[type(operator)]
        yield f"{what} cannot stand in an expression", hint
    for operand in operands:
        match operand:
            case ast.Constant(value=str() | bytes()):
                # Python would repeat, format or join it before the database sees anything.
                yield "an operator beside a literal text", "write Value('text'), or Concat('first', Value(' '), 'last')"
            case ast.Constant(value=bool() | None) | ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
                yield "an operator beside a value that is no number", "write the value itself"
            case ast.Constant() if isinstance(operator, ast.Invert):
                yield "'~' before a number", "'~' negates conditions: ~Q(a=1)"
    if isinstance(operator, ast.Pow) and not _is_small_power(*operands):
        hint = f"the exponent of a number is written out and at most {MAX_EXPONENT}"
        yield "a power that may be too large to compute", hint


def _is_small_power(base: ast.expr, exponent: ast.expr) -> bool:
    """Whether Python can compute base ** exponent at once, or leaves it to the database."""
    if any(isinstance(node, ast.Name) for operand in (base, exponent) for node in ast.walk(operand)):
        return True
    if isinstance(exponent, ast.UnaryOp):
        exponent = exponent.operand
    match base, exponent:
        case ast.Constant(), ast.Constant(value=int() | float() as number):
            return abs(number) <= MAX_EXPONENT
    return False
