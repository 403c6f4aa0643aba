"""Values that a function of the author gives for each row: `{python: "return slugify(row.title)"}`."""

from __future__ import annotations

import ast
import builtins
import symtable
import sys
import textwrap
from collections.abc import Iterator
from typing import Annotated, Literal

from django.db.migrations.state import ModelState
from pydantic import AfterValidator, Field

from migspec.dsl.diagnostics import nearest
from migspec.dsl.known_names import KNOWN
from migspec.schemas.code import is_body
from migspec.schemas.data import rows
from migspec.schemas.data.paths import columns, held_fields, pointing_at, query_name
from migspec.schemas.errors.collect import Collected
from migspec.schemas.errors.complaint import complaint
from migspec.schemas.scope import Scope
from migspec.schemas.step import Part


def is_row_body(text: str) -> str:
    """Refuse what is not the body of a function over `row` that returns a value; E207."""
    is_body(text, "row")
    tree = ast.parse(textwrap.dedent(text))
    if not any(isinstance(node, ast.Return) and node.value is not None for node in _inside(tree)):
        last = tree.body[-1]
        hint = f"write 'return {ast.unparse(last)}'" if isinstance(last, ast.Expr) else "end with a 'return'"
        raise complaint("E207", "the function returns nothing, and its value is the new one", hint=hint)
    return text


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Give what stands in a function, without the functions inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from _inside(child)


class PythonPart(Part):
    """What a function gives for the row, which it reads by column: `row.title`, `row.author.name`."""

    python: Annotated[
        str,
        AfterValidator(is_row_body),
        Field(description="The body of a function over `row` that returns the new value."),
    ]


# Names that need no import in the body, beside Python's modules and the names of expressions.
TOOLS = {
    "slugify": "from django.utils.text import slugify",
    "get_random_string": "from django.utils.crypto import get_random_string",
}
# Modules and tools that give the same value for the same arguments, but for what is named below.
STEADY = {
    *("base64", "binascii", "collections", "datetime", "decimal", "difflib", "fractions", "functools", "hashlib"),
    *("html", "ipaddress", "itertools", "json", "math", "operator", "re", "string", "struct", "textwrap"),
    *("unicodedata", "urllib", "uuid", "zlib", "Decimal", "slugify"),
}
CHANGING = {"getnode", "now", "today", "utcnow", "uuid1", "uuid4", "uuid6", "uuid7"}
CHANGING_BUILTINS = {"hash", "id", "input", "open"}


def python_value(
    part: PythonPart, model: ModelState | None, of: Literal["row", "source"], scope: Scope, *at: str | int
) -> rows.PythonValue:
    """Give what the value means; E303 for columns that are not there, E309 for names that nothing defines."""
    assert model is not None
    body = textwrap.dedent(part.python).strip("\n")
    tree = ast.parse(body)
    inside = (*at, "python")
    problems = Collected()
    paths: list[str] = []
    for attributes, line in _attributes(tree, scope, *inside):
        with problems.catching():
            paths.append(_path(attributes, line, model, scope, *inside))
    reads = tuple(dict.fromkeys(path for path in paths if not any(other.startswith(f"{path}__") for other in paths)))
    for path in reads:
        with problems.catching():
            _check_column(path, model, scope, *inside)
    imports, names = set[str](), _names_from_outside(body)
    for name in sorted(names):
        with problems.catching():
            imports.add(_import(name, scope, *inside))
    problems.throw()
    return rows.PythonValue(body, reads, frozenset(imports - {""}), _is_steady(tree, names), of)


# --- columns ---


def _attributes(tree: ast.AST, scope: Scope, *at: str | int) -> Iterator[tuple[list[str], int]]:
    """Give the names that follow each `row`, with the line; E307 where `row` is anything but read column by column."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.arg == "row":
            raise scope.error("E307", f"line {node.lineno} of the code: 'row' is the row, and no other name", *at)
        if not isinstance(node, ast.Name) or node.id != "row":
            continue
        names: list[str] = []
        last: ast.AST = node
        while isinstance(parent := above.get(last), ast.Attribute):
            names.append(parent.attr)
            last = parent
        if not names:
            message = (
                f"line {node.lineno} of the code: 'row' is read column by column, so that it is known what is read"
            )
            raise scope.error("E307", message, *at, hint="write row.title, or whatever the column is")
        if not isinstance(getattr(last, "ctx", None), ast.Load):
            message = f"line {node.lineno} of the code: the function returns the new value and changes nothing itself"
            raise scope.error("E307", message, *at)
        yield names, node.lineno


def _path(names: list[str], line: int, model: ModelState, scope: Scope, *at: str | int) -> str:
    """Give the ORM path of what is read; what follows a column is an attribute of its value. E303 where it is none."""
    found: list[str] = []
    for name in names:
        held = held_fields(scope.state, model)
        attnames = columns(scope.state, model)
        if name == "pk" or (name in attnames and not (name in held and held[name].field.remote_field)):
            return "__".join([*found, name])
        if name not in held or not held[name].is_column:
            message = f"line {line} of the code: {model.app_label}.{model.name} has no column '{name}' at this place"
            many = name in {query_name(one) for one in pointing_at(scope.state, model)} or name in held
            hint = f"set a column to Count('{name}') before, and read that" if many else nearest(name, attnames)
            raise scope.error("E303", message, *at, hint=hint)
        found.append(name)
        model = scope.related(model, held[name].field, *at)
    return "__".join(found)


def _check_column(path: str, model: ModelState, scope: Scope, *at: str | int) -> None:
    """E306 for a row that is read as a whole."""
    *relations, last = path.split("__")
    for relation in relations:
        model = scope.related(model, held_fields(scope.state, model)[relation].field, *at)
    held = held_fields(scope.state, model).get(last)
    if held is not None and held.field.attname != last:
        dots = ".".join(["row", *relations])
        message = f"'{dots}.{last}' is a whole row of another table; what is read of it must be known"
        raise scope.error("E306", message, *at, hint=f"write '{dots}.{held.field.attname}', or a column behind it")


# --- names from elsewhere ---


def _names_from_outside(body: str) -> set[str]:
    """Give the names that the body uses and does not define."""
    source = "def value(row):\n" + textwrap.indent(body, "    ", lambda line: True)
    tables = [symtable.symtable(source, "<spec>", "exec").get_children()[0]]
    found: set[str] = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        found |= {one.get_name() for one in table.get_symbols() if one.is_global() and one.is_referenced()}
    return found


def _import(name: str, scope: Scope, *at: str | int) -> str:
    """Give the import line of a name, empty for a builtin; E309 for one that nothing defines."""
    known = KNOWN.get(name)
    if hasattr(builtins, name):
        return ""
    if name in TOOLS:
        return TOOLS[name]
    if known is not None and not known.through:
        return known.import_line
    if name in sys.stdlib_module_names:
        return f"import {name}"
    hint = f"import it in the body: from the.module import {name}"
    raise scope.error("E309", f"the code uses '{name}', which it does not define", *at, hint=hint)


def _is_steady(tree: ast.AST, names: set[str]) -> bool:
    """Whether the function surely gives the same value for the same row at any time."""
    nodes = list(ast.walk(tree))
    imported = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    imported += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    steady = all(module.partition(".")[0] in STEADY or module == "django.utils.text" for module in imported)
    parts = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    parts |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    foreign = {name for name in names if not hasattr(builtins, name)}
    return steady and foreign <= STEADY and not (parts & CHANGING) and not (names & CHANGING_BUILTINS)
