"""The whole way from spec files to what is to be written, in one place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from migspec.compiler.config import Config
from migspec.compiler.files.format import format_code
from migspec.compiler.files.stops import stop_before_built_on, stop_before_edited
from migspec.compiler.files.survey import Status, Survey, survey
from migspec.compiler.history import (
    Folder,
    Generated,
    History,
    Key,
    by_package,
    folder_of,
    generated_files,
    own_folders,
    waiting_for,
)
from migspec.compiler.planning.displaced import misplaced_among
from migspec.compiler.planning.early import may_run_too_early
from migspec.compiler.planning.place import check_leaves, check_names
from migspec.compiler.planning.planned import MigrationFile, Name, Planned, Rendering
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order, nearest

if TYPE_CHECKING:
    from migspec.compiler.planning.plan import SpecPlan

__all__ = ["MigrationFile", "Outcome", "compile_specs", "plan_specs"]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What compiling found and what it wants to write; nothing on disk has changed yet."""

    surveys: Sequence[Survey]
    plans: Sequence[SpecPlan]  # of the specs that are not fresh
    files: Sequence[MigrationFile]  # that are to be written, in the order of their dependencies
    remove: Sequence[Generated]
    history: History
    warnings: Sequence[Diagnostic] = field(default_factory=list)


def no_progress(done: int, total: int, what: str) -> None:
    """Show nothing."""


def compile_specs(
    specs: Sequence[SpecFile],
    config: Config,
    *,
    others: Sequence[SpecFile] = (),
    force: bool = False,
    planning: bool = True,
    progress: Progress = no_progress,
) -> Outcome:
    """Plan and render the files of every spec that is not fresh; SpecError with everything that is in the way.

    `others` are the project's other specs, which stay as they are. `force` overwrites edited files and those that
    other migrations build on. Without `planning` the surveys are all there is (--check).
    """
    folders = own_folders(config.root)
    _check_apps(specs, folders)
    generated = generated_files(folders.values())
    surveys = survey(specs, generated)
    beside, outside = _beside(others, generated)
    beginning = _beginning([*specs, *others])
    history = History(config.root, _to_skip(surveys, folders), beginning)
    fresh = [found for found in surveys if found.fresh]
    known = outside | {found.spec.key: found.keys for found in beside}
    misplaced = misplaced_among(fresh, known, history, complete=len(fresh) == len(surveys))
    surveys = _with(surveys, misplaced)
    if not planning:
        return Outcome(surveys=surveys, plans=[], files=[], remove=[], history=history)
    if misplaced:
        history = History(config.root, _to_skip(surveys, folders), beginning)
    if not force:
        stop_before_edited(surveys, config.root)
    rendering = Rendering(folders=folders, config=config, finish=format_code, progress=progress)
    while True:
        if not force:
            stop_before_built_on(surveys, history)
        check_names(specs, history)
        fresh = [found for found in surveys if found.fresh]
        pending = [found.spec for found in surveys if not found.fresh]
        movable = {found.spec for found in fresh}
        planned = _plan(pending, [*fresh, *beside], outside, history, rendering, movable)
        if not planned.displaced:
            break
        surveys = _with(surveys, [found.misplacing(found.keys) for found in surveys if found.spec in planned.displaced])
        history = History(config.root, _to_skip(surveys, folders), beginning)
    # A squash that has replaced files is nobody's: it was written by hand.
    there = history.loader.graph.nodes.keys()
    owners = {file.key: found.spec for found in surveys for file, _ in found.files if found.fresh and file.key in there}
    owners |= {file.key: file.spec for file in planned.files}
    check_leaves(owners, history)
    warnings = [warning for one in planned.plans for warning in one.warnings] + may_run_too_early(owners, history)
    if waiting := waiting_for(history):
        if not force:
            raise SpecError(*waiting)
        warnings += [replace(diagnostic, level="warning") for diagnostic in waiting]
    kept = _kept(surveys, planned.files)
    planned_paths = {file.path for file in planned.files}
    remove = [
        file for found in surveys if not found.fresh for file in found.by_number if file.path not in planned_paths
    ]
    files = [file for file in planned.files if file.path not in kept]
    return Outcome(surveys=surveys, plans=planned.plans, files=files, remove=remove, history=history, warnings=warnings)


def plan_specs(
    specs: Sequence[SpecFile], config: Config, *, others: Sequence[SpecFile] = (), progress: Progress = no_progress
) -> Outcome:
    """Plan every spec as if none were compiled, with the files neither formatted nor headed, and read its tests.

    SpecError with everything that is wrong.
    """
    from migspec.compiler.project import vendors
    from migspec.compiler.verify.typed import check_tests

    folders = own_folders(config.root)
    _check_apps(specs, folders)
    generated = generated_files(folders.values())
    surveys = survey(specs, generated)
    beside, outside = _beside(others, generated)
    skipped = by_package((file for found in surveys for file, _ in found.files), folders)
    history = History(config.root, skipped, _beginning([*specs, *others]))
    check_names(specs, history)
    rendering = Rendering(
        folders=folders, config=config, finish=lambda text, root: text, progress=progress, heads=False
    )
    planned = _plan(specs, beside, outside, history, rendering, set())
    owners = {file.key: file.spec for file in planned.files}
    check_leaves(owners, history)
    check_tests(planned.plans, history, vendors(config))
    warnings = [warning for one in planned.plans for warning in one.warnings] + may_run_too_early(owners, history)
    return Outcome(
        surveys=surveys, plans=planned.plans, files=planned.files, remove=[], history=history, warnings=warnings
    )


def _plan(
    specs: Sequence[SpecFile],
    fresh: Sequence[Survey],
    others: Mapping[Name, Sequence[Key]],
    history: History,
    rendering: Rendering,
    movable: Collection[SpecFile],
) -> Planned:
    if not specs:
        return Planned()
    # Here, because where every file is fresh loading the planner and the verbs is what would take longest.
    from migspec.compiler.planning.sequence import plan_all

    return plan_all(specs, fresh, others, history, rendering, movable)


# --- what is there ---


def _check_apps(specs: Iterable[SpecFile], folders: Mapping[str, Folder]) -> None:
    from django.apps import apps

    problems = []
    for spec in specs:
        if spec.app not in folders:
            if spec.app not in {config.label for config in apps.get_app_configs()}:
                message = f"there is no app '{spec.app}' in INSTALLED_APPS"
                problems.append(Diagnostic("E301", message, spec.place("app"), nearest(spec.app, sorted(folders))))
            elif folder_of(spec.app) is None:
                message = f"the app '{spec.app}' has no migrations: MIGRATION_MODULES says so"
                hint = "name a package for it there, or take the app out of MIGRATION_MODULES"
                problems.append(Diagnostic("E315", message, spec.place("app"), hint))
            else:
                message = f"the migrations of the app '{spec.app}' are not part of this project"
                hint = "a spec belongs to an app of the project; its data steps may write the rows of any app"
                problems.append(Diagnostic("E315", message, spec.place("app"), hint))
    if problems:
        raise SpecError(*in_order(problems))


def _beginning(specs: Iterable[SpecFile]) -> set[str]:
    """Give the apps whose models the specs make: theirs are not what models.py says already."""
    return {app_label for spec in specs for app_label in (spec.app, *spec.creates_in)}


def _beside(others: Iterable[SpecFile], generated: Iterable[Generated]) -> tuple[list[Survey], dict[Name, list[Key]]]:
    """Give of the specs outside the run those that are fresh, and the files of those that are not but have some."""
    surveys = survey(others, generated)
    fresh = [found for found in surveys if found.fresh]
    return fresh, {found.spec.key: found.keys for found in surveys if found.files and not found.fresh}


def _to_skip(surveys: Iterable[Survey], folders: Mapping[str, Folder]) -> dict[str, set[str]]:
    """Give the generated files that are about to be written anew: names by package."""
    return by_package((file for found in surveys if not found.fresh for file, _ in found.files), folders)


def _with(surveys: Iterable[Survey], changed: Iterable[Survey]) -> list[Survey]:
    instead = {found.spec: found for found in changed}
    return [instead.get(found.spec, found) for found in surveys]


# --- what is to be written ---


def _kept(surveys: Iterable[Survey], files: Sequence[MigrationFile]) -> set[Path]:
    """Give the planned files that are fresh on disk: where some of a spec's files are missing, the others stay.

    They do not where one of them stands elsewhere in the new plan, or builds on something else.
    """
    kept: set[Path] = set()
    for found in surveys:
        planned = {file.key: file for file in files if file.spec is found.spec}
        fresh = found.having(Status.FRESH)
        if all(file.key in planned and _is_same(file, planned[file.key], len(planned)) for file in fresh):
            kept |= {file.path for file in fresh}
    return kept


def _is_same(there: Generated, planned: MigrationFile, count: int) -> bool:
    if (there.head.number, there.head.count) != (planned.number, count):
        return False
    return _dependencies(there.path.read_text(encoding="utf-8")) == _dependencies(planned.text)


def _dependencies(text: str) -> list[str]:
    """Give the list of dependencies as it is written in a migration."""
    return [
        ast.unparse(node.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "dependencies"
    ]
