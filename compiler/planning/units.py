"""What each step of a spec stands for at its place: the units that planning sorts into files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migspec.compiler.changes.row_effects import row_effects
from migspec.compiler.emit.author import python_piece, sql_pieces
from migspec.compiler.emit.code import comment
from migspec.compiler.emit.local import Constants, snake
from migspec.compiler.emit.piece import Piece
from migspec.compiler.emit.rows import CannotEmit, RowStep, emit_row_step, is_ranged, records
from migspec.compiler.emit.schema import schema_piece
from migspec.compiler.emit.sentences import sentence
from migspec.compiler.emit.side_tables import side_table_piece
from migspec.compiler.emit.sql.checks import unsayable
from migspec.compiler.emit.sql.rows import emit_row_sql
from migspec.compiler.history import Folder, Key
from migspec.compiler.planning.dependencies import models_in
from migspec.compiler.planning.early import Taken, taken_by
from migspec.compiler.planning.walk import Walked
from migspec.compiler.reversing.fates import Fates, trace
from migspec.compiler.reversing.reversal import Reversal
from migspec.compiler.reversing.reversals import reversals_of
from migspec.compiler.reversing.reverse import Relaxed, needs_relaxing, unfilled
from migspec.compiler.reversing.side_table import Names, with_side_tables
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order
from migspec.schemas.changes import Effects, Kind, PythonChange, RowChange, SchemaChange, SQLChange, Touch
from migspec.schemas.data.rows import Insert, ModelKey, Update
from migspec.schemas.python.expressions import evaluate
from migspec.schemas.scope import Scope
from migspec.schemas.step import Batch, DataStep, Irreversible


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What planning needs to know of the project beside its migrations."""

    folders: Mapping[str, Folder]  # of its own apps
    vendors: frozenset[str]  # of its declared databases
    emit: Literal["python", "sql"]  # what row steps become by default
    routed: bool = False  # whether routers may put its tables into several databases


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One operation to be: what a step, or a part of it, puts into one file."""

    step: int  # index in the spec's steps
    app_label: str
    kind: Kind
    effects: Effects
    # Given the suffix of its functions' names, its file, and the file's constants.
    pieces: Callable[[str, Key, Constants], Sequence[Piece]]
    description: str  # one line for people
    label: str = ""  # what tells its functions from others in the same file: "update_home"
    needs_functions: bool = False
    alone: bool = False  # whether it needs a file of its own
    atomic: bool = True
    mentions: frozenset[Touch] = frozenset()  # models that code of the author names
    takes: frozenset[Taken] = frozenset()  # what it renames or removes
    reversal: Reversal | None = None
    rows: RowStep | None = None
    records: tuple[bool, bool] = (False, False)  # whether it records its file itself, forwards and backwards

    @property
    def colour(self) -> tuple[Any, ...]:
        """Units of one colour may share a file."""
        return self.app_label, self.kind, self.atomic


def undone(
    spec: SpecFile, walked: Sequence[Walked], before: ProjectState, project: Project
) -> tuple[Fates, dict[int, Reversal]]:
    """Give what becomes of tables and columns, and how each row change comes back, by its place there; SpecError."""
    after = walked[-1].after if walked else before
    fates = trace([(place.scope.state, place.changes) for place in walked], after, project.vendors)
    classes = {name for _, name in before.models}  # side tables have other names than any model

    def names(place: Walked, change: RowChange) -> Names:
        return Names(_data_app(change.model.app_label, spec, project), spec.name, place.index + 1, classes)

    return fates, reversals_of(walked, fates, names, project.emit)


def units_of(
    spec: SpecFile,
    walked: Sequence[Walked],
    fates: Fates,
    reversals: Mapping[int, Reversal],
    project: Project,
    warnings: list[Diagnostic],
) -> list[Unit]:
    """Give the units of a spec in its author's order; SpecError with everything that is wrong in its steps."""
    relaxed = needs_relaxing(fates, reversals)
    by_author, by_nobody = unfilled(fates, relaxed)
    relaxed += by_author
    warnings += [_cannot_come_back(one, walked[fates.moments[one.at].step]) for one in by_nobody]
    units: list[Unit] = []
    problems: list[Diagnostic] = []
    for number, place in enumerate(walked):
        moments = [at for at, moment in enumerate(fates.moments) if moment.step == number]
        try:
            units += [_relaxing_unit(one, place, project) for one in relaxed if one.at in moments]
            units += _units_of_step(
                place, spec, fates, {at: reversals[at] for at in moments if at in reversals}, project
            )
        except SpecError as error:
            problems += error.diagnostics
    if problems:
        raise SpecError(*in_order(problems))
    return units


def _units_of_step(
    place: Walked, spec: SpecFile, fates: Fates, reversals: Mapping[int, Reversal], project: Project
) -> Iterator[Unit]:
    rows: list[RowChange] = []
    for change in place.changes:
        match change:
            case SchemaChange():
                yield _schema_unit(change, place, project)
            case PythonChange():
                yield _python_unit(change, place, spec, project)
            case SQLChange():
                yield _sql_unit(change, place, spec, project)
            case _:
                rows.append(change)
    if rows:
        unit = _row_unit(tuple(rows), place, spec, fates, reversals, project)
        yield from _side_table_units(unit)
        yield unit


# --- schema ---


def _schema_unit(change: SchemaChange, place: Walked, project: Project) -> Unit:
    if change.app_label not in project.folders:
        message = f"the migrations of the app '{change.app_label}' are not part of this project"
        hint = "change the model where its app is developed; only its rows can be changed from here"
        raise place.scope.error("E315", message, place.step.verb, hint=hint)
    reverse = getattr(place.step, "reverse", None)
    above, description = _above(place.step.description), _describe(change.operation)
    if isinstance(change.operation, migrations.RunPython) and isinstance(reverse, Irreversible):
        above, description = _above(f"Irreversible: {reverse.irreversible}"), f"! irreversible: {reverse.irreversible}"
    try:
        piece = schema_piece(change, above)
    except ValueError as error:  # Django's serializer, about a value that cannot be written into a file
        message = f"this step cannot be written into a file: {' '.join(str(error).split())}"
        raise place.scope.error("E314", message, place.step.verb) from None
    return Unit(
        step=place.index,
        app_label=change.app_label,
        kind=change.kind,
        effects=change.effects,
        pieces=lambda suffix, file, constants: [piece],
        description=description,
        alone=change.kind is Kind.CONCURRENT,
        atomic=change.kind is not Kind.CONCURRENT,
        takes=frozenset(taken_by(change.operation, change.app_label)),
    )


def _relaxing_unit(relaxed: Relaxed, place: Walked, project: Project) -> Unit:
    """Make a column nullable before the data step whose reverse fills it: NOT NULL comes back after the values."""
    model = place.scope.state.models[relaxed.model.lower]
    field = model.fields[relaxed.field].clone()
    field.null = True
    definition = frozenset({Touch("definition", model.app_label, model.name_lower, relaxed.field)})
    change = SchemaChange(
        operation=migrations.AlterField(model.name_lower, relaxed.field, field),
        app_label=model.app_label,
        kind=Kind.SCHEMA,
        effects=Effects(reads=definition, writes=definition),
    )
    unit = _schema_unit(change, place, project)
    why = f"So that rolling back can add {model.name}.{relaxed.field} before it has values."
    return replace(unit, pieces=lambda suffix, file, constants: [schema_piece(change, _above(why))])


def _cannot_come_back(column: Relaxed, place: Walked) -> Diagnostic:
    """Warn of a removal that cannot be rolled back on a table with rows."""
    app = "" if column.model.app_label == place.scope.app_label else f"{column.model.app_label}."
    name = f"{app}{column.model.name}.{column.field}"
    message = f"{name} is NOT NULL without a default, so rolling back cannot add it to a table with rows"
    hint = f"give it one before this step:\n- alter_field: {name}\n  field: {{default: ...}}"
    if place.step.verb == "drop_column":
        hint = "give the field of this step one: default: ..."
    (said,) = place.scope.error("E312", message, place.step.verb, hint=hint).diagnostics
    return replace(said, level="warning")


def _describe(operation: Operation) -> str:
    """Give what makemigrations prints of an operation."""
    return operation.formatted_description()


def _above(description: str | None) -> str:
    """Give the lines of a comment above an operation."""
    if not description:
        return ""
    return "\n".join(line.removeprefix("# ") for line in comment(description, 8).text.splitlines())


# --- code of the author ---


def _python_unit(change: PythonChange, place: Walked, spec: SpecFile, project: Project) -> Unit:
    step = place.step
    assert isinstance(step, DataStep)
    bodies = [change.body, *([change.reverse] if change.reverse else [])]
    return Unit(
        step=place.index,
        app_label=_data_app(change.app_label, spec, project),
        kind=Kind.DATA,
        effects=change.effects,
        pieces=lambda suffix, file, constants: [python_piece(change, step, suffix)],
        description=f"p {step.description or 'Python code'}",
        label=step.verb,
        needs_functions=True,
        atomic=step.atomic is not False,
        mentions=frozenset(Touch("exists", *model) for body in bodies for model in models_in(body)),
    )


def _sql_unit(change: SQLChange, place: Walked, spec: SpecFile, project: Project) -> Unit:
    step = place.step
    assert isinstance(step, DataStep)
    return Unit(
        step=place.index,
        app_label=_data_app(change.app_label, spec, project),
        kind=change.kind,
        effects=change.effects,
        pieces=lambda suffix, file, constants: sql_pieces(change, step),
        description=f"s {step.description or 'SQL'}",
        atomic=step.atomic is not False,
    )


def _data_app(app_label: str, spec: SpecFile, project: Project) -> str:
    """A data step goes to the app of its model, or to the spec's where that app is not the project's own."""
    return app_label if app_label in project.folders else spec.spec.app


# --- rows ---


def _always(pieces: Sequence[Piece], suffix: str, file: Key, constants: Constants) -> Sequence[Piece]:
    return pieces


def _side_table_units(unit: Unit) -> Iterator[Unit]:
    """Make the tables in which a step saves what it would lose, in the database alone."""
    saves = unit.reversal.saves if unit.reversal else ()
    for side in {save.key: save for save in saves}.values():
        pieces = [side_table_piece(side)]
        yield Unit(
            step=unit.step,
            app_label=unit.app_label,
            kind=Kind.SCHEMA,
            effects=Effects(writes=frozenset({Touch("model", *side.key.lower)})),
            pieces=partial(_always, pieces),
            description=f"+ Create side table {side.into.options['db_table']}",
        )


def _row_unit(
    changes: tuple[RowChange, ...],
    place: Walked,
    spec: SpecFile,
    fates: Fates,
    reversals: Mapping[int, Reversal],
    project: Project,
) -> Unit:
    step, scope = place.step, place.scope
    assert isinstance(step, DataStep)
    reversal = undoing(list(reversals.values()))
    state = with_side_tables(scope.state, reversal.saves)
    row_step = RowStep(
        forwards=changes,
        reversal=reversal,
        state=state,
        app_label=_data_app(changes[0].model.app_label, spec, project),
        place=f"{spec.shown}:{spec.place('steps', place.index).line}",
        doc=step.description,
        batch=step.batch.size if isinstance(step.batch, Batch) else step.batch,
        fresh=frozenset(ModelKey(app, scope.state.models[app, name].name) for app, name in scope.fresh),
        dropped=frozenset(
            change.model
            for change in reversal.changes or ()
            if isinstance(change, Insert) and fates.model(min(reversals), change.model) == "dropped"
        ),
        new_columns=new_columns(fates, min(reversals), scope.state),
        hints=step.hints,
        elidable=_is_elidable(step, changes),
        atomic=step.atomic,
        only=step.only,
        on_mysql="mysql" in project.vendors and step.only in (None, "mysql"),
        routed=project.routed,
    )
    in_sql = (step.emit or project.emit) == "sql"
    emit = partial(_as_sql, scope=scope, verb=step.verb, project=project) if in_sql else _as_python
    try:
        pieces = emit(row_step, Constants())
    except CannotEmit as error:
        raise scope.error("E502", error.message, *(error.at or (step.verb,)), hint=error.hint) from None
    recording = records(row_step, ranged=not in_sql and is_ranged(row_step))

    def named(suffix: str, file: Key, constants: Constants) -> Sequence[Piece]:
        if suffix or any(recording):
            return emit(replace(row_step, suffix=suffix, file=file), constants)
        return pieces

    said = ". ".join(sentence(change, scope.state) for change in changes)
    effects = row_effects([*changes, *(reversal.changes or ())], state)
    return Unit(
        step=place.index,
        app_label=row_step.app_label,
        kind=Kind.DATA,
        effects=effects,
        pieces=named,
        description=f"~ {step.description or said} ({said_of(reversal)})",
        label=_label(step.verb, changes[0]),
        needs_functions=any(piece.functions or piece.constants for piece in pieces),
        atomic=all(piece.atomic for piece in pieces),
        reversal=reversal,
        rows=row_step,
        records=recording,
    )


def _as_python(step: RowStep, constants: Constants) -> list[Piece]:
    return [emit_row_step(step, constants)]


def _as_sql(step: RowStep, constants: Constants, *, scope: Scope, verb: str, project: Project) -> list[Piece]:
    """Give RunSQL; SpecError with everything that one statement cannot do."""
    problems = [
        diagnostic
        for one in unsayable(step)
        for diagnostic in scope.error("E502", one.message, *(one.at or (verb,)), hint=one.hint).diagnostics
    ]
    if problems:
        raise SpecError(*problems)
    return emit_row_sql(step, project.vendors, lambda expression: evaluate(expression, scope, verb), constants)


def _is_elidable(step: DataStep, changes: Sequence[RowChange]) -> bool:
    """Whether squashing may drop the step: on an empty database only rows that the spec itself holds do anything."""
    if step.elidable is not None:
        return step.elidable
    return not any(isinstance(change, Insert) and change.rows for change in changes)


def _label(verb: str, change: RowChange) -> str:
    """Name a step after what it writes: order_status, insert_country, copy_balance."""
    model = snake(change.model.name)
    if isinstance(change, Update):
        return f"{model}_{change.assign[0][0]}"
    return f"{verb.removesuffix('_rows')}_{model}"


def undoing(parts: Sequence[Reversal]) -> Reversal:
    """Join the reversals of the changes of one step: the last is undone first. What the author says is for all."""
    if len(parts) == 1 or parts[0].fidelity in ("written", "noop", "irreversible"):
        return parts[0]
    changes = [change for part in reversed(parts) for change in part.changes or ()]
    differs = ", ".join(dict.fromkeys(part.differs for part in parts if part.differs))
    saves = tuple(save for part in parts for save in part.saves)
    return Reversal(
        changes=tuple(changes), fidelity="best effort" if differs else "exact", differs=differs, saves=saves
    )


def said_of(reversal: Reversal) -> str:
    """Give how a step comes back, in a few words."""
    match reversal.fidelity:
        case "noop":
            return f"rolling back does nothing: {reversal.differs}"
        case "irreversible":
            return f"irreversible: {reversal.differs}"
        case "best effort":
            return f"reverse: best effort, {reversal.differs}"
        case "written":
            return "reverse: as written in the spec"
    if reversal.saves:
        return "reverse: exact, from what is kept"
    return "reverse: exact" if reversal.changes else "reverse: nothing to undo"


def new_columns(fates: Fates, at: int, state: ProjectState) -> frozenset[tuple[ModelKey, str]]:
    """Give the columns that the spec has made and nothing has filled yet: NULL in every row."""
    found = set()
    filled = {
        (other.model.lower, name)
        for moment in fates.moments[:at]
        if isinstance(other := moment.change, (Update, Insert))
        for name, _ in (*other.assign, *(pair for row in getattr(other, "rows", ()) for pair in row))
    }
    for (app_label, model_name, field_name), number in fates.names[at].items():
        model = state.models.get((app_label, model_name))
        if not field_name or model is None or field_name not in model.fields or fates.lives[number].at_start:
            continue
        field = model.fields[field_name]
        if field.null and not field.has_default() and not field.has_db_default():
            bound = field.clone()
            bound.set_attributes_from_name(field_name)
            if ((app_label, model_name), bound.attname) not in filled:
                found.add((ModelKey(app_label, model.name), bound.attname))
    return frozenset(found)
