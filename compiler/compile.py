"""The whole way from spec files to what is to be written, in one place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from migspec.compiler.config import Config
from migspec.compiler.format import format_code
from migspec.compiler.history import Folder, Generated, History, Key, generated_files, own_folders, waiting_for
from migspec.compiler.place import check_leaves, check_names
from migspec.compiler.plan import SpecPlan
from migspec.compiler.sequence import MigrationFile, Name, Rendering, displaced_among, plan_all
from migspec.compiler.specs import SpecFile
from migspec.compiler.stops import stop_before_built_on, stop_before_edited
from migspec.compiler.survey import Status, Survey, survey
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order, nearest

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

    `others` are the project's other specs, which stay as they are. `force` overwrites edited files and those that other migrations build on.
    Without `planning` the surveys are all there is (--check).
    """
    folders = own_folders(config.root)
    _check_apps(specs, folders)
    generated = generated_files(folders.values())
    surveys = survey(specs, generated)
    beside, names = _beside(survey(others, generated))
    history = History(config.root, _to_skip(surveys, folders))
    fresh = [found for found in surveys if found.fresh]
    known = names | {(found.spec.spec.app, found.spec.name): found.keys for found in beside}
    displaced = displaced_among(fresh, known, history, complete=len(fresh) == len(surveys))
    if not planning:
        surveys = _misplaced(surveys, displaced, history, known)
        return Outcome(surveys=surveys, plans=[], files=[], remove=[], history=history)
    if not force:
        stop_before_edited(surveys, config.root)
    rendering = Rendering(folders=folders, config=config, finish=format_code, progress=progress)
    while True:
        if displaced:
            surveys = _misplaced(surveys, displaced, history, known)
            history = History(config.root, _to_skip(surveys, folders))
        if not force:
            stop_before_built_on(surveys, history)
        pending = [found.spec for found in surveys if not found.fresh]
        fresh = [found for found in surveys if found.fresh]
        if not pending:
            planned = plan_nothing
            break
        planned = plan_all(pending, [*fresh, *beside], names, history, rendering, {found.spec for found in fresh})
        if not planned.displaced:
            break
        displaced = set(planned.displaced)
