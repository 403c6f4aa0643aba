"""From a spec and its place to the files that it becomes: which, of what kind, in what order, after what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.migrations.state import ProjectState

from migspec.compiler.changes.cells import Cell, overlap, reads, writes
from migspec.compiler.emit.file import MigrationCode
from migspec.compiler.emit.local import Constants
from migspec.compiler.emit.piece import Piece
from migspec.compiler.emit.rows import RowStep
from migspec.compiler.history import History, Key
from migspec.compiler.planning.dependencies import needed, without_implied
from migspec.compiler.planning.early import users
from migspec.compiler.planning.order import blockers, pack
from migspec.compiler.planning.place import written_apps
from migspec.compiler.planning.units import Project, Unit, undone, units_of
from migspec.compiler.planning.walk import Walked, walk
from migspec.compiler.reversing.fates import Fates
from migspec.compiler.reversing.reversal import Reversal
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, SpecError
from migspec.schemas.changes import Kind, Touch


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One migration file of a spec, not text yet."""

    key: Key
    kind: Kind
    units: Sequence[Unit]
    owners: Sequence[int]  # which of the units each piece of the code comes from
    code: MigrationCode

    @property
    def descriptions(self) -> list[str]:
        """One line for each operation, as makemigrations prints it; for data steps with how they come back."""
        return [unit.description for unit in self.units]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecPlan:
    """The files of a spec in the order in which they run."""

    spec: SpecFile
    walked: Sequence[Walked]
    fates: Fates
    reversals: Mapping[int, Reversal]  # by the place of the row change in `fates`
    files: Sequence[PlannedFile]
    units: Sequence[Unit]  # in the author's order
    state_before: ProjectState
    included: frozenset[Key]  # the migrations that make that state
    warnings: Sequence[Diagnostic] = field(default_factory=list)


def plan(
    spec: SpecFile,
    after: Sequence[Key],
    history: History,
    project: Project,
    hidden: Collection[Key] = frozenset(),
) -> SpecPlan:
    """Plan one spec that starts after the migrations `after`; SpecError with everything that is wrong in its steps.

    `hidden` are migrations of specs that come later in this run.
    """
    following = {_split(name) for name in spec.spec.run_before} & history.loader.graph.nodes.keys()
    included = history.included(after, written_apps(spec, after), {*hidden, *following})
    before = history.state(included)
    warnings: list[Diagnostic] = []
    walked = walk(spec, before, project.vendors, warnings)
    fates, reversals = undone(spec, walked, before, project)
    units = units_of(spec, walked, fates, reversals, project, warnings)
    check_written(spec, units, after, history)
    groups = [part for group in _groups(units) for part in _by_reruns(group, units)] or [[]]
    files: list[PlannedFile] = []
    for group in groups:
        chosen = [units[index] for index in group]
        files.append(_file(spec, chosen, files, after, history, included))
    return SpecPlan(
        spec=spec,
        walked=walked,
        fates=fates,
        reversals=reversals,
        files=files,
        units=units,
        state_before=before,
        included=included,
        warnings=warnings,
    )


def _groups(units: Sequence[Unit]) -> list[list[int]]:
    before = blockers(len(units), lambda i, j: units[i].effects.conflicts_with(units[j].effects))
    return pack(
        [unit.colour for unit in units],
        before,
        late=lambda index: units[index].kind is Kind.CLEANUP,
        alone=lambda index: units[index].alone,
    )


# What a row step reads and writes, forwards and backwards; None for code of the author.
Touched = tuple[set[Cell], set[Cell], set[Cell], set[Cell]] | None


def _by_reruns(group: Sequence[int], units: Sequence[Unit]) -> list[list[int]]:
    """Cut a file of steps where running it again would change what a later step did.

    A crash in a later step makes Django run the whole file again, from its first step: where that commits by itself, or
    where Django records the file after its transaction, as it does a reverse. A step that records its file is the last
    to run of it.
    """
    files: list[list[int]] = []
    touched = {index: _touched(units[index].rows) for index in group}
    for index in group:
        last = files[-1] if files else []
        if last and not any(
            _must_part(units[earlier], units[index], touched[earlier], touched[index]) for earlier in last
        ):
            last.append(index)
        else:
            files.append([index])
    return files


def _must_part(earlier: Unit, later: Unit, touched: Touched, by_later: Touched) -> bool:
    if earlier.records[0] or later.records[1]:
        return True
    if earlier.kind is not Kind.DATA or (earlier.atomic and (touched is None or by_later is None)):
        return False  # what Django itself does, or the author's own code
    return not _may_share(touched, by_later)


def _touched(step: RowStep | None) -> Touched:
    if step is None:
        return None
    back = step.reversal.changes or ()
    return (
        {cell for change in step.forwards for cell in reads(change, step.state)},
        {cell for change in step.forwards for cell in writes(change, step.state)},
        {cell for change in back for cell in reads(change, step.state)},
        {cell for change in back for cell in writes(change, step.state)},
    )


def _may_share(earlier: Touched, later: Touched) -> bool:
    """Whether the earlier step may run again after a part of the later one; on the way back the other way round."""
    if earlier is None or later is None:
        return False
    return not overlap(earlier[0], later[1]) and not overlap(later[2], earlier[3])


def _file(
    spec: SpecFile,
    units: Sequence[Unit],
    earlier: Sequence[PlannedFile],
    after: Sequence[Key],
    history: History,
    included: frozenset[Key],
) -> PlannedFile:
    app_label = units[0].app_label if units else spec.app
    kind = units[0].kind if units else Kind.SCHEMA
    first_of_app = not any(file.key[0] == app_label for file in earlier)
    dependencies, swappable = _dependencies(app_label, units, earlier, after, history, included)
    number = _number(app_label, earlier, dependencies, after, history)
    key = (app_label, f"{number:04}_{_name(spec, app_label, kind, units, earlier)}")
    pieces = _pieces(units, key)
    return PlannedFile(
        key=key,
        kind=kind,
        units=units,
        owners=[at for at, of_unit in enumerate(pieces) for _ in of_unit],
        code=MigrationCode(
            pieces=[piece for of_unit in pieces for piece in of_unit],
            dependencies=dependencies,
            swappable=swappable,
            run_before=[_split(key) for key in spec.spec.run_before or []] if not earlier else [],
            initial=first_of_app and not any(key[0] == app_label for key in after) and not history.names(app_label),
            attributes=_attributes(spec.spec.attributes, kind),
        ),
    )


def _pieces(units: Sequence[Unit], file: Key) -> list[Sequence[Piece]]:
    """Give the pieces of each unit, with function names that differ where a file has several functions."""
    constants = Constants()
    several = sum(unit.needs_functions for unit in units) > 1
    taken: dict[str, int] = {}
    pieces = []
    for unit in units:
        suffix = ""
        if several and unit.needs_functions:
            taken[unit.label] = taken.get(unit.label, 0) + 1
            suffix = f"_{unit.label}" + (f"_{taken[unit.label]}" if taken[unit.label] > 1 else "")
        pieces.append(unit.pieces(suffix, file, constants))
    return pieces


def _name(spec: SpecFile, app_label: str, kind: Kind, units: Sequence[Unit], earlier: Sequence[PlannedFile]) -> str:
    word = kind.value if units else "merge"
    same = sum(1 for file in earlier if file.key[0] == app_label and file.kind is kind)
    return f"{spec.name}_{word}" + (f"_{same + 1}" if same else "")


def _number(
    app_label: str, earlier: Sequence[PlannedFile], dependencies: Iterable[Key], after: Iterable[Key], history: History
) -> int:
    before = [file for file in earlier if file.key[0] == app_label]
    if before:
        return int(before[-1].key[1].split("_")[0]) + 1
    known = [key for key in {*dependencies, *after} if key in history.loader.graph.nodes]
    return history.highest_number(app_label, known) + 1


def _dependencies(
    app_label: str,
    units: Sequence[Unit],
    earlier: Sequence[PlannedFile],
    after: Sequence[Key],
    history: History,
    included: frozenset[Key],
) -> tuple[list[Key], list[str]]:
    """Give the dependencies in the order in which they are written, and the settings of swappable models."""
    # The last file of the same app too: where a file of another app lies between, Django would see two leaves.
    last = {file.key[0]: file.key for file in earlier}
    chain = list(dict.fromkeys([earlier[-1].key, last.get(app_label, earlier[-1].key)])) if earlier else []
    first_of_app = not any(file.key[0] == app_label for file in earlier)
    # The first file of a spec takes every place that `after` names; that of another app only the place in its app.
    pinned = [key for key in after if not earlier or (first_of_app and key[0] == app_label)]
    mentioned, settings = needed(history, included, _touches(units))
    mentioned |= users({taken for unit in units for taken in unit.takes}, history, included)
    mentioned = {key for key in mentioned if key[0] != app_label or not (chain or pinned)}
    implied_by = [*after]
    others = without_implied(history, mentioned, implied_by) - set(pinned)
    if earlier:
        others -= {key for file in earlier for key in file.code.dependencies}
        others = {key for key in others if key not in history.ancestors(known(history, earlier))}
        settings -= {name for file in earlier for name in file.code.swappable}
    return [*chain, *pinned, *sorted(others)], sorted(settings)


def known(history: History, earlier: Sequence[PlannedFile]) -> list[Key]:
    """Give the migrations that are there already and that the spec's earlier files depend on."""
    keys = {key for file in earlier for key in file.code.dependencies}
    return [key for key in keys if key in history.loader.graph.nodes]


def _touches(units: Sequence[Unit]) -> set[Touch]:
    return {touch for unit in units for touch in (*unit.effects.reads, *unit.effects.writes, *unit.mentions)}


def _attributes(attributes: Any, kind: Kind) -> dict[str, Any]:
    if not attributes:
        return {}
    kinds = {kind.value for kind in Kind}
    common = {name: value for name, value in attributes.items() if name not in kinds}
    return common | (attributes.get(kind.value) or {})


def _split(dotted: str) -> Key:
    app_label, _, name = dotted.partition(".")
    return app_label, name


def check_written(spec: SpecFile, units: Sequence[Unit], after: Sequence[Key], history: History) -> None:
    """E402 for each app that the spec writes and that `after` gives no place in, although it has migrations."""
    problems = []
    placed = {key[0] for key in after}
    for unit in units:
        if unit.app_label not in placed and history.names(unit.app_label):
            placed.add(unit.app_label)
            leaf = history.leaves(unit.app_label)[-1]
            entries = [name if app == spec.app else f"{app}.{name}" for app, name in [*after, leaf]]
            message = (
                f"the spec changes the app '{unit.app_label}', and 'after' does not say after which of its migrations"
            )
            hint = f"after: [{', '.join(entries)}]"
            problems.append(Diagnostic("E402", message, spec.place("after", key=True), hint))
    if problems:
        raise SpecError(*problems)
