"""Row changes as RunSQL with its reverse, an operation for each declared database: sqlmigrate prints what will run."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import migrations
from django.db.migrations.state import StateApps

from migspec.compiler.changes.cells import model_of
from migspec.compiler.emit.code import CannotEmit, comment, escaped, list_of, literal, one_line, plain
from migspec.compiler.emit.local import Constants
from migspec.compiler.emit.operations import call
from migspec.compiler.emit.piece import Piece
from migspec.compiler.emit.rows import RowStep, records, router_hints
from migspec.compiler.emit.sentences import sentence
from migspec.compiler.emit.sql.apps import small_apps
from migspec.compiler.emit.sql.database import databases
from migspec.compiler.emit.sql.delete import delete
from migspec.compiler.emit.sql.insert import insert
from migspec.compiler.emit.sql.layout import layout
from migspec.compiler.emit.sql.site import Site, Statement
from migspec.compiler.emit.sql.text import settled
from migspec.compiler.emit.sql.update import update
from migspec.compiler.emit.unique import check_unique
from migspec.compiler.emit.vendors import NAMES, class_name, class_source
from migspec.dsl.diagnostics import SpecError
from migspec.dsl.expressions import Code, Expression
from migspec.schemas.changes import RowChange
from migspec.schemas.data.rows import Delete, Insert, Update

_MIGRATIONS = frozenset({"from django.db import migrations"})
# Django records a reverse, and on MySQL a migration too, after the transaction: a step that must not run twice does it
# itself.
RECORD = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, UTC_TIMESTAMP(6))"
FORGET = "DELETE FROM django_migrations WHERE app = %s AND name = %s"
NOOP = Code("migrations.RunSQL.noop", _MIGRATIONS)
# How far a statement is indented in the list of an operation, and what is left of a line there.
INDENT = 20
BEGIN, COMMIT = Statement("START TRANSACTION"), Statement("COMMIT")
ROOM = 88 - INDENT


def emit_row_sql(
    step: RowStep, vendors: Collection[str], evaluate: Callable[[Expression], Any], constants: Constants
) -> list[Piece]:
    """Give the operations of a step and what they need, one for each vendor, or for the only one that it is for.

    `evaluate` gives the object that an expression stands for; `constants` are those of the file. CannotEmit where a
    change has no such SQL.
    """
    check_unique(step.forwards, step.state, step.new_attnames)
    if not vendors:
        message = "the project declares no database, so it is not known which SQL to write"
        raise CannotEmit(message, 'databases = ["postgresql"] under [tool.migspec]')
    apps = small_apps([*step.forwards, *(step.reversal.changes or ())], step.state)
    chosen = [step.only] if step.only else sorted(vendors)
    several = len({*vendors, *chosen}) > 1
    return [
        _piece(step, apps, vendor, evaluate, constants, several=several, first=not index)
        for index, vendor in enumerate(chosen)
    ]


def _piece(
    step: RowStep,
    apps: StateApps,
    vendor: str,
    evaluate: Callable[[Expression], Any],
    constants: Constants,
    *,
    several: bool,
    first: bool,
) -> Piece:
    forwards = statements(step.forwards, step, apps, vendor, evaluate)
    try:
        backwards = statements(step.reversal.changes or (), step, apps, vendor, evaluate)
    except CannotEmit as error:
        raise CannotEmit(f"rolling back: {error.message}", error.hint, "reverse") from None
    applied, unapplied = records(step, ranged=False)
    if applied and vendor == "mysql":
        forwards.append(Statement(RECORD, step.file))
    if unapplied:
        backwards.append(Statement(FORGET, step.file))
    forwards, backwards = together(forwards, vendor), together(backwards, vendor)
    before = len(constants.lines)
    names = _names([*forwards, *backwards], f"_on_{vendor}" if several else "", step, constants)
    arguments = {"sql": _listed(forwards, names)}
    if step.reversal.changes is not None:
        arguments["reverse_sql"] = _listed(backwards, names) if backwards else NOOP
    if hints := router_hints(step):
        arguments["hints"] = literal(dict(hints))
    if step.elidable:
        arguments["elidable"] = plain("True")
    function, classes, imports = "migrations.RunSQL", list[str](), _MIGRATIONS
    if several:
        source, more = class_source(migrations.RunSQL, vendor)
        function, classes, imports = class_name(migrations.RunSQL, vendor), [source], imports | more
    return Piece(
        operation=call(function, arguments, imports),
        comment=_comment(step) if first else "",
        constants=tuple(constants.lines[before:]),
        classes=tuple(classes),
        imports=imports,
        atomic=step.atomic is not False,
    )


# --- statements ---


def statements(
    changes: Sequence[RowChange],
    step: RowStep,
    apps: StateApps,
    vendor: str,
    evaluate: Callable[[Expression], Any],
) -> list[Statement]:
    """Give the statements of changes on a vendor's databases, in the order in which they must run."""
    written = []
    for database in databases(vendor):
        site = Site(step.state, apps, database, evaluate)
        written.append([settled(one, site.quote) for change in changes for one in _statements(change, site, step)])
    first, *others = written
    if any(other != first for other in others):
        raise CannotEmit(f"MySQL and MariaDB, which are both {NAMES[vendor]} here, need different SQL", "emit: python")
    return first


def together(written: list[Statement], vendor: str) -> list[Statement]:
    """Make several statements one transaction where Django does not: MySQL cannot undo DDL, so each would commit."""
    return [BEGIN, *written, COMMIT] if vendor == "mysql" and len(written) > 1 else written


def _statements(change: RowChange, site: Site, step: RowStep) -> list[Statement]:
    saves = [save for save in step.reversal.saves if save.during is change]
    try:
        match change:
            case Update():
                return update(change, site, saves)
            case Insert():
                return insert(change, site, saves)
            case Delete():
                return delete(change, site, saves)
    except EmptyResultSet:  # no row can fulfil the condition
        return []
    except (CannotEmit, SpecError):
        raise
    except Exception as error:  # Django, and fields of the project, say the same thing with many exceptions
        said = one_line(str(error)).rstrip(".") or type(error).__name__
        raise CannotEmit(f"Django has no SQL for this on {NAMES[site.vendor]}: {said}", "emit: python") from None


# --- code ---


def _names(found: Sequence[Statement], suffix: str, step: RowStep, constants: Constants) -> dict[str, str]:
    """Give the names of the long texts that several statements share."""
    model = model_of(step.state, step.forwards[0].model)
    named: dict[str, str] = {}
    for sql, times in Counter(one.text for one in found).items():
        if times > 1 and len(sql) > ROOM:
            match = re.match(r"""(\w+)[^"`]*["`]([^"`]+)""", sql)
            words = "reset_sequence" if sql.startswith("SELECT") or not match else "_".join(match.groups())
            wanted = re.sub(r"\W+", "_", words + suffix).upper()
            named[sql] = constants.add(wanted, plain(_text(sql, 0)), model, apart=suffix)
    return named


def _listed(found: Sequence[Statement], names: Mapping[str, str]) -> Code:
    return list_of(_statement(one, names) for one in found)


def _statement(statement: Statement, names: Mapping[str, str]) -> Code:
    text = names.get(statement.text)
    if statement.parameters is None:
        return plain(text or _text(statement.text, INDENT - 4))
    values = literal(list(statement.parameters))
    if text or len(statement.text) <= ROOM:
        return Code(f"({text or repr(statement.text)}, {values.text})", values.imports)
    return Code(f"({_text(statement.text, INDENT)}, {values.text},)", values.imports)


def _text(sql: str, indent: int) -> str:
    """Give the source of a text: on one line, or on several as SQL is read."""
    if len(sql) <= ROOM:
        return repr(sql)
    lines = textwrap.indent(escaped(layout(sql, ROOM) + "\n"), " " * indent)
    return f'"""\n{lines}{" " * indent}"""'


# --- words ---


def _comment(step: RowStep) -> str:
    said = step.doc or ". ".join(sentence(change, step.state) for change in step.forwards) + "."
    lines = [said]
    reason = one_line(step.reversal.differs).rstrip(".")
    match step.reversal.fidelity:
        case "noop":
            lines.append(f"Rolling back changes no rows: {reason}.")
        case "irreversible":
            lines.append(f"It cannot be rolled back: {reason}.")
        case "best effort":
            lines.append(f"Rolling back is best effort: {reason}.")
        case "exact" if not step.reversal.changes:
            lines.append("Nothing to undo: what is written here goes when its columns go.")
    wrapped = "\n".join(comment(line, 8).text for line in lines if line)
    return "\n".join(line.removeprefix("# ") for line in wrapped.splitlines())
