"""Side tables in generated files: the operation that makes one, its model class, and the statements that fill it."""

from __future__ import annotations

from collections.abc import Collection

from migspec.compiler.emit.change import Writing
from migspec.compiler.emit.code import comment, docstring, fill, joined, plain
from migspec.compiler.emit.local import quoted
from migspec.compiler.emit.operations import operation_code, value_code
from migspec.compiler.emit.piece import Piece
from migspec.compiler.reversing.side_table import Save
from migspec.dsl.expressions import Code
from migspec.schemas.models.new import operation as new_model

APPS = "from django.apps.registry import Apps"
MODELS = "from django.db import models"


def side_table_piece(save: Save) -> Piece:
    """Give the operation that makes a side table; the migration state does not learn of it."""
    operation = new_model(save.into)
    why = comment("What keep_old saves for rolling back; the migration state does not know it.")
    return Piece(operation=operation_code(operation), side="database", comment=why.text.replace("# ", ""))


def side_table_class(save: Save) -> Code:
    """Give the class of a side table: no state has it, so the file defines it in a registry of its own."""
    side = save.into
    fields = [fill("    {} = {}\n", name, value_code(field)) for name, field in side.fields.items()]
    meta = f"""
    class Meta:
        apps = Apps()
        app_label = {side.app_label!r}
        db_table = {side.options["db_table"]!r}
"""
    body = "".join(field.text for field in fields)
    text = f"class {side.name}(models.Model):\n    {docstring([_holds(save) + '.'])}\n\n{body}{meta}"
    return Code(text, frozenset({APPS, MODELS}).union(*(field.imports for field in fields)))


def _holds(save: Save) -> str:
    if save.added:
        return f"The keys of the rows that are added to {save.rows.name}"
    return f"What is taken from {save.rows.name}"


def check_kept(tables: Collection[Save], place: str) -> list[Code]:
    """Stop a reverse that would find no side table."""
    return [fill("check_kept(connection, {}, {})", save.into.name, quoted(place)) for save in [*tables][:1]]


def saving_sources(writing: Writing) -> list[Code]:
    """Give the statements that save what is dropped later of the models that the change takes values from."""
    return [
        fill("keep_old(connection, {}, {})", save.into.name, writing.local.rows(save.rows))
        for save in writing.saves
        if save.source
    ]


def saving(every: Code, rows: Code, once: Code, variable: str, writing: Writing) -> tuple[list[Code], Code]:
    """Give the statements that save what rows are about to lose, and the rows by a shorter name.

    `every` are all rows of the range, `once` those that are written, each once.
    """
    saves = [save for save in writing.saves if not save.added and not save.source]
    statements: list[Code] = []
    if "(" in once.text and not all(save.every_row for save in saves):
        name = writing.local.name(variable)
        statements.append(fill("{} = {}", name, once))
        rows, once = (plain(name) if rows.text == once.text else rows), plain(name)
    for save in saves:
        saved = every if save.every_row else once
        if save.way:
            ends = once
            if save.below is not None:
                ends = fill("{}.values({})", writing.local.rows(save.below), quoted(save.column))
            saved = fill("{}.filter({}__in={})", writing.local.rows(save.rows), save.way, ends)
        statements.append(fill("keep_old(connection, {}, {})", save.into.name, saved))
        if save.tree:
            keys = joined(fill("{}: {}", quoted(name), quoted(column)) for name, column in save.tree)
            every_row = writing.local.rows(save.rows)
            statements.append(fill("keep_tree(connection, {}, {}, {{{}}})", save.into.name, every_row, keys))
    return statements, rows
