"""Row changes as one RunPython operation with its two functions: portable, router-aware and set-based."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from django.db.migrations.state import ProjectState

from migspec.compiler.changes.cells import model_of, tables
from migspec.compiler.changes.rerun import rerun, rerun_all
from migspec.compiler.emit.change import Writing, spaced
from migspec.compiler.emit.code import (
    WIDTH,
    CannotEmit,
    block,
    docstring,
    fill,
    joined,
    keywords,
    literal,
    names_imported,
    names_used,
    one_line,
    plain,
)
from migspec.compiler.emit.delete import delete
from migspec.compiler.emit.helpers import HELPERS, helper_constants, with_needs
from migspec.compiler.emit.insert import insert
from migspec.compiler.emit.local import Constants, Local
from migspec.compiler.emit.piece import Piece
from migspec.compiler.emit.sentences import restoring, sentence, source_of
from migspec.compiler.emit.side_tables import check_kept, side_table_class
from migspec.compiler.emit.unique import check_unique
from migspec.compiler.emit.update import update
from migspec.compiler.reversing.reversal import Reversal
from migspec.compiler.reversing.side_table import Save
from migspec.dsl.expressions import Code
from migspec.schemas.changes import RowChange
from migspec.schemas.data.rows import Delete, Insert, ModelKey, Update

__all__ = ["CannotEmit", "RowStep", "emit_row_step", "is_ranged", "records"]

MIGRATIONS = "from django.db import migrations"
ROUTER = "from django.db import router"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStep:
    """A data step as it is emitted: what it changes, how that comes back, and how it runs."""

    forwards: tuple[RowChange, ...]
    reversal: Reversal
    state: ProjectState  # in which the step runs, forwards and backwards
    app_label: str  # of the file
    place: str  # file and line, for the errors of the generated code
    doc: str | None = None  # the author's description
    suffix: str = ""  # of the functions' names, where a file holds several steps
    batch: int | Literal["off"] | None = None  # primary keys of one range
    fresh: frozenset[ModelKey] = frozenset()  # models made by this spec, which nobody else uses yet
    dropped: frozenset[ModelKey] = frozenset()  # models that this spec deletes, and whose tables come back empty
    new_columns: frozenset[tuple[ModelKey, str]] = frozenset()  # columns (attnames) made by this spec, NULL everywhere
    hints: Mapping[str, Any] | None = None
    elidable: bool = True
    atomic: bool | None = None
    only: str | None = None  # the one vendor on whose databases it runs
    on_mysql: bool = False  # whether it may run where Django records a migration after its transaction
    routed: bool = False  # whether routers may put the models into several databases
    file: tuple[str, str] = ("", "")  # app label and name of the migration

    @property
    def new_attnames(self) -> frozenset[tuple[str, str, str]]:
        return frozenset((*key.lower, name) for key, name in self.new_columns)

    @property
    def side_tables(self) -> Collection[Save]:
        """One of the saves for each side table."""
        return {save.key: save for save in self.reversal.saves}.values()


def is_ranged(step: RowStep) -> bool:
    """Whether the step commits range by range, so that its file must be atomic = False.

    It does where both directions may be run twice, and one of them goes through a table.
    """
    directions = [step.forwards, step.reversal.changes or ()]
    return (
        step.atomic is None
        and step.batch != "off"
        and any(_goes_through_a_table(change, step) for changes in directions for change in changes)
        and all(rerun_all(changes, step.state).safe for changes in directions)
    )


def records(step: RowStep, *, ranged: bool) -> tuple[bool, bool]:
    """Whether the step records its file itself, forwards and backwards: killed after the commit it would run again.

    On MySQL, Django records a migration after its transaction, and a reverse everywhere. The operation must be the last
    that runs of its file.
    """
    if ranged or step.atomic is False:
        return False, False
    twice = [not rerun_all(changes, step.state).safe for changes in (step.forwards, step.reversal.changes or ())]
    return twice[0] and step.on_mysql, twice[1]


def _goes_through_a_table(change: RowChange, step: RowStep) -> bool:
    if isinstance(change, Insert):
        return change.source is not None and change.model not in step.fresh
    sides = {save.key for save in step.side_tables}
    if change.model in sides:  # nobody else uses it
        return False
    if source_of(change) in {save.key for save in step.side_tables if save.source}:
        return True
    if source_of(change) in sides:  # there are as many rows as the step wrote
        return any(_goes_through_a_table(forward, step) for forward in step.forwards)
    return isinstance(change, Update) or not change.rows


def emit_row_step(step: RowStep, constants: Constants) -> Piece:
    """Give the operation of a step, and the functions, constants and imports that it needs.

    `constants` are those of the file, and get what the step adds. Raises CannotEmit where a change has no portable
    code.
    """
    check_unique(step.forwards, step.state, step.new_attnames)
    ranged, before = is_ranged(step), (len(constants.lines), len(constants.functions))
    forwards, backwards = f"forwards{step.suffix}", f"backwards{step.suffix}"
    functions = [_function(forwards, _forwards_doc(step), step.forwards, step, ranged, constants)]
    if step.reversal.changes:
        functions.append(_function(backwards, _backwards_doc(step), step.reversal.changes, step, ranged, constants))
    used = set().union(*(names_used(function.text) for function in functions))
    helpers = with_needs(used & set(HELPERS))
    sides = [side_table_class(save) for save in step.side_tables]
    return Piece(
        operation=_operation(step, forwards, backwards if step.reversal.changes else None),
        comment=_comment(step),
        constants=(*helper_constants(helpers), *constants.lines[before[0] :]),
        classes=tuple(side.text for side in sides),
        functions=(*constants.functions[before[1] :], *(function.text for function in functions)),
        helpers=helpers,
        imports=joined([*functions, *sides]).imports | constants.imports,
        atomic=not ranged,
    )


def _operation(step: RowStep, forwards: str, backwards: str | None) -> Code:
    arguments = [plain(forwards)]
    if backwards:
        arguments.append(plain(backwards))
    elif step.reversal.changes is not None:
        arguments.append(plain("migrations.RunPython.noop"))
    named: list[tuple[str, Code]] = []
    if step.atomic is not None:
        named.append(("atomic", literal(step.atomic)))
    if hints := router_hints(step):
        named.append(("hints", literal(dict(hints))))
    if step.elidable:
        named.append(("elidable", plain("True")))
    code = fill("migrations.RunPython({})", joined([*arguments, *([keywords(named)] if named else [])]))
    return Code(code.text, code.imports | {MIGRATIONS})


def router_hints(step: RowStep) -> Mapping[str, Any]:
    """Tell a router which model it is; it takes the name to be one of the file's app."""
    if step.hints is not None:
        return step.hints
    models = {change.model for change in step.forwards}
    (key,) = models if len(models) == 1 else (None,)
    return {"model_name": key.name.lower()} if key and key.app_label == step.app_label else {}


def _comment(step: RowStep) -> str:
    if step.reversal.changes == () and step.reversal.fidelity == "exact":
        return "Nothing to undo: what is written here goes when its columns go."
    return ""


# --- docstrings ---


def _forwards_doc(step: RowStep) -> list[str]:
    said = [one_line(step.doc)] if step.doc else _sentences(step.forwards, step)
    reason = one_line(step.reversal.differs).rstrip(".")
    match step.reversal.fidelity:
        case "noop":
            return [*said, f"Rolling back changes no rows: {reason}."]
        case "irreversible":
            return [*said, f"It cannot be rolled back: {reason}."]
    return said


def _backwards_doc(step: RowStep) -> list[str]:
    said = _backwards_sentences(step)
    if step.reversal.fidelity != "best effort":
        return said
    differs = one_line(step.reversal.differs).rstrip(".")
    effort = f"best effort: {differs}" if differs else "best effort"
    short = f"{said[0].rstrip('.')} ({effort})."
    return [short] if len(said) == 1 and len(short) <= WIDTH - 10 else [*said, f"{effort[:1].upper()}{effort[1:]}."]


def _backwards_sentences(step: RowStep) -> list[str]:
    changes, sides = step.reversal.changes or (), {save.key for save in step.side_tables}
    others = [change for change in changes if sides.isdisjoint({change.model, source_of(change)})]
    restored = [change for change in changes if change not in others and change.model not in sides]
    return [*_sentences(others, step), *(f"{said}." for said in restoring(restored, step.dropped, step.state))]


def _sentences(changes: Sequence[RowChange], step: RowStep) -> list[str]:
    return [f"{sentence(change, step.state)}." for change in changes]


# --- functions ---


def _function(
    name: str, doc: Sequence[str], changes: Sequence[RowChange], step: RowStep, ranged: bool, constants: Constants
) -> Code:
    """Give the source of one function. A model whose name the body needs for something else gets another variable."""
    classes = [save.into for save in step.side_tables]
    local = Local(step.state, constants, classes=classes)
    written = _write(name, doc, changes, step, ranged, local)
    clashing = local.given & (names_imported(written.imports) | constants.names)
    if not clashing:
        return written
    return _write(name, doc, changes, step, ranged, Local(step.state, constants, avoid=clashing, classes=classes))


def _write(
    name: str, doc: Sequence[str], changes: Sequence[RowChange], step: RowStep, ranged: bool, local: Local
) -> Code:
    # Side tables are where the rows are that they are about.
    asked = {
        table: save.during.model
        for save in step.reversal.saves
        for table in (save.key.lower, save.of.lower, *tables(step.state, model_of(step.state, save.during.model)))
    }
    for change in changes:  # the models that are written come first
        local.model(model_of(step.state, asked.get(change.model.lower, change.model)))
        local.model(model_of(step.state, change.model))
    parts = [
        (asked.get(change.model.lower, change.model), _statements(change, writing_of(change, step, ranged, local)))
        for change in changes
    ]
    head = [
        fill("{} = apps.get_model({}, {})", variable, repr(model.app_label), repr(model.name))
        for variable, model in local.models.values()
        if variable not in local.classes
    ]
    guard, body = _guarded(parts, local)
    if step.routed and guard:
        guard += _together(parts[0][0], step, local)
    if changes is not step.forwards:
        check = check_kept(step.side_tables, step.place)
        guard += check if guard else [block(fill("if {}", _allowed(parts[0][0], local)), check)] if check else []
    forwards, backwards = records(step, ranged=ranged)
    if forwards if changes is step.forwards else backwards:
        helper = "record_applied" if changes is step.forwards else "record_unapplied"
        body.append(fill("{}(connection, {}, {})", helper, *map(repr, step.file)))
    statements = [*local.definitions, *body]
    alias = [plain("alias = schema_editor.connection.alias")]
    if "connection" in names_used(joined([*guard, *statements], "\n").text):
        alias = [plain("connection = schema_editor.connection"), plain("alias = connection.alias")]
    return block(
        plain(f"def {name}(apps, schema_editor)"),
        [plain(docstring(doc)), *head, *alias, *_only(step), *guard, plain(""), *spaced(statements)],
    )


def _only(step: RowStep) -> list[Code]:
    condition = plain(f'if schema_editor.connection.vendor != "{step.only}"')
    return [block(condition, [plain("return")])] if step.only else []


def _guarded(parts: Sequence[tuple[ModelKey, list[Code]]], local: Local) -> tuple[list[Code], list[Code]]:
    """Ask the router about each table that is written: once at the top where there is one, else around its changes."""
    targets = list(dict.fromkeys(key for key, _ in parts))
    if len(targets) == 1:
        guard = block(fill("if not {}", _allowed(targets[0], local)), [plain("return")])
        return [guard], [statement for _, statements in parts for statement in statements]
    return [], [
        block(fill("if {}", _allowed(key, local)), spaced([one for _, statements in group for one in statements]))
        for key, group in groupby(parts, key=lambda part: part[0])
    ]


def _together(target: ModelKey, step: RowStep, local: Local) -> list[Code]:
    """Stop where a model that is read is not in the database of the one that is written: it would seem empty there."""
    found = []
    for variable, model in local.models.values():
        key = ModelKey(model.app_label, model.name)
        if key.lower != target.lower and variable not in local.classes:
            said = literal(f"{step.place}: {model.name} is not in the database of {target.name}")
            found.append(block(fill("if not {}", _allowed(key, local)), [fill("raise ValueError({})", said)]))
    return found


def _allowed(key: ModelKey, local: Local) -> Code:
    variable = local.model(model_of(local.state, key))
    return plain(f"router.allow_migrate_model(alias, {variable})", ROUTER)


def _statements(change: RowChange, writing: Writing) -> list[Code]:
    match change:
        case Update():
            return update(change, writing)
        case Insert():
            return insert(change, writing)
        case Delete():
            return delete(change, writing)


def writing_of(change: RowChange, step: RowStep, ranged: bool, local: Local) -> Writing:
    """Give the place at which a change of a step is written."""
    judged, through = rerun(change, step.state), _goes_through_a_table(change, step)
    explained = not judged.safe or (ranged and through)
    return Writing(
        local=local,
        place=step.place,
        ranged=ranged and through,
        autocommit=ranged,
        reason=judged.reason if explained else _why_not(change, step),
        fresh=change.model in step.fresh | step.dropped,
        size=step.batch if isinstance(step.batch, int) else None,
        saves=tuple(save for save in step.reversal.saves if save.during is change),
        new_columns=step.new_attnames,
        on_mysql=step.on_mysql,
    )


def _why_not(change: RowChange, step: RowStep) -> str:
    """Say why a change that may be run twice is one transaction all the same; nothing where that is plain to see."""
    if isinstance(change, Insert) and change.source is not None and change.model in step.fresh:
        return "the table is new, and nobody waits for it"
    if step.atomic is not None or step.batch == "off" or not _goes_through_a_table(change, step):
        return ""
    judged = [rerun_all(changes, step.state) for changes in (step.forwards, step.reversal.changes or ())]
    return next((f"the whole step is one, as {one.reason}" for one in judged if not one.safe), "")
