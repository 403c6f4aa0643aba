"""A schema change as a piece of a file."""

from __future__ import annotations

from migspec.compiler.emit.operations import operation_code, written_call
from migspec.compiler.emit.piece import Piece
from migspec.compiler.emit.vendors import class_name, class_source
from migspec.schemas.changes import Kind, SchemaChange


def schema_piece(change: SchemaChange, comment: str = "") -> Piece:
    """Give the operation, as its author wrote it or as Django takes it apart; a subclass where it is for one vendor."""
    atomic = change.kind is not Kind.CONCURRENT
    operation = change.operation
    if change.written is not None:
        code = written_call(change.written.dotted, change.written.kwargs)
        return Piece(operation=code, comment=comment, side=change.side, atomic=atomic)
    if change.only is None:
        return Piece(operation=operation_code(operation), comment=comment, side=change.side, atomic=atomic)
    source, imports = class_source(type(operation), change.only)
    return Piece(
        operation=operation_code(operation, class_name(type(operation), change.only)),
        comment=comment,
        side=change.side,
        classes=(source,),
        imports=imports,
        atomic=atomic,
    )
