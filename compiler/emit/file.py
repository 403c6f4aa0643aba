"""A whole migration file from its pieces."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migspec.compiler.emit.helpers import helper_sources
from migspec.compiler.emit.imports import import_block
from migspec.compiler.emit.operations import call, list_code, value_code
from migspec.compiler.emit.piece import Piece
from migspec.dsl.expressions import Code

_MIGRATIONS = "from django.db import migrations"

TEMPLATE = """\
{imports}

{constants}

{classes}

{functions}

class Migration(migrations.Migration):
    {attributes}

    {dependencies}

    operations = [
        {operations}
    ]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationCode:
    """What a migration file says, before it is text."""

    pieces: Sequence[Piece]
    dependencies: Sequence[tuple[str, str]]
    swappable: Sequence[str] = ()  # names of settings
    run_before: Sequence[tuple[str, str]] = ()
    initial: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)


def file_text(code: MigrationCode, first_party: Collection[str]) -> str:
    """Give the text of a migration file, not formatted yet."""
    operations = [_operation_lines(*_operation(group)) for group in by_operation(code.pieces)]
    attributes, attribute_imports = _attributes(code)
    helpers, helper_imports = helper_sources(frozenset().union(*(piece.helpers for piece in code.pieces)))
    imports = {_MIGRATIONS} | attribute_imports | helper_imports
    for piece in code.pieces:
        imports |= piece.imports | piece.operation.imports
    if code.swappable:
        imports.add("from django.conf import settings")
    functions = [source for piece in code.pieces for source in piece.functions]
    return TEMPLATE.format(
        imports=import_block(imports, first_party),
        constants="\n".join(dict.fromkeys(constant for piece in code.pieces for constant in piece.constants)),
        classes="\n\n".join(dict.fromkeys(source.strip() for piece in code.pieces for source in piece.classes)),
        functions="\n\n\n".join(source.strip() for source in [*functions, *helpers]),
        attributes="\n    ".join(attributes),
        dependencies=_dependencies(code),
        operations="\n        ".join(operations),
    )


def by_operation(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Give the pieces of each operation of a file: neighbours that change only the state, or only the database, share
    one SeparateDatabaseAndState."""
    found: list[list[Piece]] = []
    for piece in pieces:
        if found and found[-1][-1].side != "both" and piece.side != "both":
            found[-1].append(piece)
        else:
            found.append([piece])
    return found


def _operation(group: Sequence[Piece]) -> tuple[str, Code]:
    first = group[0]
    return (first.comment, first.operation) if first.side == "both" else _separate(group)


def _separate(group: Sequence[Piece]) -> tuple[str, Code]:
    arguments = {}
    for side in ("database", "state"):
        operations = [piece.operation for piece in group if piece.side == side]
        if operations:
            arguments[f"{side}_operations"] = list_code(operations, one_a_line=True)
    comment = "\n".join(dict.fromkeys(piece.comment for piece in group if piece.comment))
    return comment, call("migrations.SeparateDatabaseAndState", arguments, {_MIGRATIONS})


def _operation_lines(comment: str, operation: Code) -> str:
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    return "\n        ".join([*lines, f"{operation.text},"])


def _attributes(code: MigrationCode) -> tuple[list[str], set[str]]:
    lines: list[str] = []
    imports: set[str] = set()
    if code.initial:
        lines.append("initial = True")
    if not all(piece.atomic for piece in code.pieces):
        lines.append("atomic = False")
    for name, value in code.attributes.items():
        written = value_code(value)
        lines.append(f"{name} = {written.text}")
        imports |= written.imports
    if code.run_before:
        lines.append(f"run_before = [{', '.join(map(_pair, code.run_before))},]")
    return lines, imports


def _dependencies(code: MigrationCode) -> str:
    items = [f"migrations.swappable_dependency(settings.{name})" for name in code.swappable]
    items += [_pair(key) for key in code.dependencies]
    return f"dependencies = [{', '.join(items)},]" if items else "dependencies = []"


def _pair(key: tuple[str, str]) -> str:
    return f'("{key[0]}", "{key[1]}")'
