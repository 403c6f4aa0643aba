"""Code and SQL of the author as pieces of a file."""

from __future__ import annotations

import io
import textwrap
import token as tokens
import tokenize
from collections.abc import Mapping
from typing import Any

from django.db import migrations

from migspec.compiler.emit.code import comment, docstring
from migspec.compiler.emit.operations import call, list_code, operation_code, value_code
from migspec.compiler.emit.piece import Piece
from migspec.compiler.emit.vendors import class_name, class_source
from migspec.dsl.expressions import Code
from migspec.schemas.changes import PythonChange, SQLChange
from migspec.schemas.step import DataStep, Irreversible, Noop

# A text with {...} is tokens of its own from Python 3.12 on; t-strings from 3.14.
TEXT_STARTS = {getattr(tokens, name, None) for name in ("FSTRING_START", "TSTRING_START")} - {None}
TEXT_ENDS = {getattr(tokens, name, None) for name in ("FSTRING_END", "TSTRING_END")} - {None}
_MIGRATIONS = frozenset({"from django.db import migrations"})
Statements = tuple[tuple[str, tuple[Any, ...] | Mapping[str, Any] | None], ...]


def options_of(step: DataStep) -> dict[str, Code]:
    """Give the arguments that RunPython and RunSQL share."""
    arguments: dict[str, Code] = {}
    if step.hints is not None:
        arguments["hints"] = value_code(step.hints)
    # What the author wrote may be what an empty database needs, so squashing may drop it only where its author says so.
    if step.elidable:
        arguments["elidable"] = Code("True", frozenset())
    return arguments


def reason_of(step: DataStep) -> str:
    """Give what the author says of a reverse that does nothing, or cannot be; it stands above the operation."""
    if isinstance(step.reverse, Noop):
        return f"Rolling back does nothing: {step.reverse.noop}"
    if isinstance(step.reverse, Irreversible):
        return f"Irreversible: {step.reverse.irreversible}"
    return ""


def python_piece(change: PythonChange, step: DataStep, suffix: str) -> Piece:
    """Give RunPython with the author's bodies as functions."""
    forwards, backwards = f"forwards{suffix}", f"backwards{suffix}"
    functions = [_function(forwards, change.body, step.description or "", step.only)]
    arguments = [forwards]
    if change.reverse:
        functions.append(
            _function(backwards, change.reverse, f"Undo: {step.description}" if step.description else "", step.only)
        )
        arguments.append(backwards)
    elif change.reverse is not None:
        arguments.append("migrations.RunPython.noop")
    options = options_of(step)
    if step.atomic is not None:
        options = {"atomic": value_code(step.atomic), **options}
    named = call("", options)
    text = f"migrations.RunPython({', '.join([*arguments, *filter(None, [named.text[1:-1]])])})"
    return Piece(
        operation=Code(text, named.imports | _MIGRATIONS),
        comment=_comment(reason_of(step)),
        functions=tuple(functions),
        atomic=step.atomic is not False,
    )


def _function(name: str, body: str, doc: str, only: str | None) -> str:
    lines = [docstring([doc])] if doc else []
    if only:
        lines.append(f'if schema_editor.connection.vendor != "{only}":\n    return\n')
    head = textwrap.indent("".join(f"{line}\n" for line in lines), "    ")
    return f"def {name}(apps, schema_editor):\n{head}{indented(textwrap.dedent(body).strip(chr(10)))}"


def indented(body: str) -> str:
    """Indent statements, but not the lines within a text: they belong to its value."""
    within: set[int] = set()
    starts: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(body + "\n").readline):
        if token.type == tokenize.STRING:
            within.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type in TEXT_STARTS:
            starts.append(token.start[0])
        elif token.type in TEXT_ENDS:
            within.update(range(starts.pop() + 1, token.end[0] + 1))
    lines = body.split("\n")
    return "\n".join(
        f"    {line}" if line.strip() and number not in within else line for number, line in enumerate(lines, 1)
    )


def sql_pieces(change: SQLChange, step: DataStep) -> list[Piece]:
    """Give RunSQL; one for each vendor where they differ, the state operations in the first."""
    pieces = []
    for number, (vendor, statements) in enumerate(change.sql.items()):
        arguments = {"sql": _statements(statements)}
        if change.reverse is not None:
            reverse = change.reverse.get(vendor, change.reverse.get(None))
            noop = Code("migrations.RunSQL.noop", _MIGRATIONS)
            arguments["reverse_sql"] = _statements(reverse) if reverse else noop
        if change.state_operations and not number:
            operations = (operation_code(operation) for operation in change.state_operations)
            arguments["state_operations"] = list_code(operations, one_a_line=True)
        arguments |= options_of(step)
        words = [step.description or "", reason_of(step)] if not number else []
        pieces.append(
            _sql_piece(vendor or step.only, arguments, "\n".join(_comment(line) for line in words if line), step)
        )
    return pieces


def _sql_piece(vendor: str | None, arguments: Mapping[str, Code], above: str, step: DataStep) -> Piece:
    atomic = step.atomic is not False
    if vendor is None:
        return Piece(operation=call("migrations.RunSQL", arguments, _MIGRATIONS), comment=above, atomic=atomic)
    source, imports = class_source(migrations.RunSQL, vendor)
    operation = call(class_name(migrations.RunSQL, vendor), arguments, _MIGRATIONS)
    return Piece(operation=operation, comment=above, classes=(source,), imports=imports, atomic=atomic)


def _statements(statements: Statements) -> Code:
    if len(statements) == 1 and statements[0][1] is None:
        return value_code(statements[0][0])
    return list_code(value_code(sql) if params is None else value_code((sql, params)) for sql, params in statements)


def _comment(text: str) -> str:
    """Give text as lines for the comment above an operation."""
    return "\n".join(line.removeprefix("# ") for line in comment(text, 8).text.splitlines()) if text else ""
