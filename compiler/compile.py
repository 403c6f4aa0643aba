"""The whole way from spec files to what is to be written, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from migspec.compiler.config import Config
from migspec.compiler.emit.file import file_text
from migspec.compiler.format import format_code
from migspec.compiler.heads import with_head
from migspec.compiler.history import Folder, Generated, History, Key, generated_files, own_folders, waiting_for
from migspec.compiler.place import check_leaves, resolve, unresolved
from migspec.compiler.plan import SpecPlan, plan
from migspec.compiler.project import vendors
from migspec.compiler.specs import SpecFile
from migspec.compiler.survey import Status, Survey, misplaced, survey
from migspec.compiler.units import Project
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationFile:
    """A generated file as it is to be."""

    key: Key
    path: Path
    text: str
    spec: SpecFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What compiling found and what it wants to write; nothing on disk has changed yet."""

    surveys: Sequence[Survey]
    plans: Sequence[SpecPlan]  # of the specs that are not fresh
    files: Sequence[MigrationFile]  # in the order of their dependencies
    remove: Sequence[Generated]
    history: History
    warnings: Sequence[Diagnostic] = field(default_factory=list)


def compile_specs(
    specs: Sequence[SpecFile],
    config: Config,
    *,
    force: bool = False,
    planning: bool = True,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> Outcome:
    """Plan and render the files of every spec that is not fresh; SpecError with everything that is in the way.

    `force` overwrites edited files and those that other migrations build on. Without `planning` the surveys are all there is (--check).
    """
    folders = own_folders(config.root)
    _check_apps(specs, folders)
    generated = generated_files(folders.values())
    surveys = survey(specs, generated)
    history = History(config.root, _to_skip(surveys, folders))
    surveys = [_with_misplaced(found, history) for found in surveys]
    if any(found.having(Status.MISPLACED) for found in surveys):
        history = History(config.root, _to_skip(surveys, folders))
    if not planning:
        return Outcome(surveys=surveys, plans=[], files=[], remove=[], history=history)
    if not force:
        _stop_before_edited(surveys)
        _stop_before_built_on(surveys, history)
    fresh = {found.spec: found.keys for found in surveys if found.fresh}
    plans, files = _plan_all(specs, fresh, history, folders, config, progress, format_code)
    owners = {file.key: found.spec for found in surveys for file, _ in found.files if found.fresh}
    owners |= {file.key: file.spec for file in files}
    check_leaves(owners, history)
    if waiting := waiting_for(history):
        raise SpecError(*waiting)
    written = {file.path for file in files}
    remove = [file for found in surveys if not found.fresh for file, _ in found.files if file.path not in written]
    warnings = [warning for planned in plans for warning in planned.warnings]
    return Outcome(surveys=surveys, plans=plans, files=files, remove=remove, history=history, warnings=warnings)


def plan_specs(
    specs: Sequence[SpecFile], config: Config, *, progress: Callable[[int, int, str], None] = lambda done, total, what: None
) -> tuple[list[SpecPlan], list[Diagnostic]]:
    """Plan every spec as if none were compiled; give the plans and the warnings. SpecError with everything that is wrong."""
    folders = own_folders(config.root)
    _check_apps(specs, folders)
    surveys = survey(specs, generated_files(folders.values()))
    skipped: dict[str, set[str]] = {}
    for found in surveys:
        for file, _ in found.files:
            skipped.setdefault(folders[file.key[0]].package, set()).add(file.key[1])
    history = History(config.root, skipped)
    plans, files = _plan_all(specs, {}, history, folders, config, progress, lambda text, root: text)
    check_leaves({file.key: file.spec for file in files}, history)
    return plans, [warning for planned in plans for warning in planned.warnings]


# --- what is there ---


def _check_apps(specs: Iterable[SpecFile], folders: Mapping[str, Folder]) -> None:
    from django.apps import apps

    from migspec.dsl.diagnostics import nearest

    problems = []
    for spec in specs:
        if spec.spec.app not in folders:
            labels = sorted(folders)
            if spec.spec.app in {config.label for config in apps.get_app_configs()}:
                message = f"the migrations of the app '{spec.spec.app}' are not part of this project"
                hint = "a spec belongs to an app of the project; its data steps may write the rows of any app"
                problems.append(Diagnostic("E315", message, spec.place("app"), hint))
            else:
                message = f"there is no app '{spec.spec.app}' in INSTALLED_APPS"
                problems.append(Diagnostic("E301", message, spec.place("app"), nearest(spec.spec.app, labels)))
    if problems:
        raise SpecError(*in_order(problems))


def _to_skip(surveys: Iterable[Survey], folders: Mapping[str, Folder]) -> dict[str, set[str]]:
    """Give the generated files that are about to be written anew: names by package."""
    skipped: dict[str, set[str]] = {}
    for found in surveys:
        if not found.fresh:
            for file, _ in found.files:
                skipped.setdefault(folders[file.key[0]].package, set()).add(file.key[1])
    return skipped


def _with_misplaced(found: Survey, history: History) -> Survey:
    """Number the files of a fresh spec anew and mark those whose names say otherwise."""
    if not found.fresh or any(file.key not in history.loader.graph.nodes for file, _ in found.files):
        return found
    files = sorted((file for file, _ in found.files), key=lambda file: file.head.number)
    names: dict[int, str] = {}
    next_number: dict[str, int] = {}
    for file in files:
        app_label, name = file.key
        if app_label not in next_number:
            node = history.loader.graph.node_map[file.key]
            next_number[app_label] = history.highest_number(app_label, [parent.key for parent in node.parents]) + 1
        names[file.head.number] = f"{next_number[app_label]:04}_{name.partition('_')[2]}"
        next_number[app_label] += 1
    return misplaced(found, names)


def _stop_before_edited(surveys: Iterable[Survey]) -> None:
    problems = [
        Diagnostic(
            "E601",
            f"{file.path.name} was changed by hand since it was compiled from {found.spec.shown}",
            Place(_shown(file, found.spec)),
            "put the change into the spec, or overwrite it with 'migspec compile --force'",
        )
        for found in surveys
        for file in found.having(Status.EDITED)
    ]
    if problems:
        raise SpecError(*problems)


def _shown(file: Generated, spec: SpecFile) -> str:
    root = Path(str(spec.path)[: -len(spec.shown)]) if str(spec.path).endswith(spec.shown) else file.path.parent
    return file.path.relative_to(root).as_posix() if file.path.is_relative_to(root) else file.path.as_posix()


def _stop_before_built_on(surveys: Iterable[Survey], history: History) -> None:
    """E602 where something that is not compiled in this run depends on a file that is there and is to change."""
    surveys = list(surveys)
    mine = {file.key for found in surveys for file, _ in found.files}
    changing = {file.key: found for found in surveys if not found.fresh for file, _ in found.files}
    problems = []
    for key, migration in sorted(history.waiting.items()):
        for dependency in migration.dependencies:
            if dependency in changing and key not in mine:
                found = changing[dependency]
                message = f"{found.spec.shown} has changed, and {key[0]}.{key[1]} builds on its file {dependency[1]}"
                hint = "write the new change as a spec of its own, or recompile this one with --force"
                problems.append(Diagnostic("E602", message, found.spec.place("steps", key=True), hint))
    if problems:
        raise SpecError(*problems)


# --- what is to be ---


def _plan_all(
    specs: Iterable[SpecFile],
    fresh: Mapping[SpecFile, Sequence[Key]],
    history: History,
    folders: Mapping[str, Folder],
    config: Config,
    progress: Callable[[int, int, str], None],
    finish: Callable[[str, Path], str],
) -> tuple[list[SpecPlan], list[MigrationFile]]:
    """Plan the specs that are not fresh; `finish` formats the text of a file.

    Specs are taken in one order, fresh or not: each after those that it names, by path otherwise, and one that fails again after the others,
    whose models it may need. A spec sees nothing of those that come later, even where their files are there: what it becomes depends on the
    specs and the hand-written migrations alone, not on what was compiled before.
    """
    pending = sorted(specs, key=lambda spec: spec.shown)
    total = len(pending) - len(fresh)
    if not total:
        return [], []
    project = Project(folders=folders, vendors=vendors(config), emit=config.emit)
    hidden = history.with_descendants(key for keys in fresh.values() for key in keys)
    done: dict[tuple[str, str], Sequence[Key]] = {}
    failed: dict[SpecFile, SpecError] = {}
    plans: list[SpecPlan] = []
    files: list[MigrationFile] = []
    while True:
        spec = next((spec for spec in pending if not unresolved(spec, history, done, hidden)), None)
        if spec is None:
            break
        pending.remove(spec)
        if spec in fresh:
            done[spec.spec.app, spec.name] = fresh[spec]
            hidden = history.with_descendants(
                key for other, keys in fresh.items() if (other.spec.app, other.name) not in done for key in keys
            )
        else:
            progress(len(plans), total, spec.shown)
            try:
                planned = plan(spec, resolve(spec, history, done), history, project, hidden)
            except SpecError as error:
                failed[spec] = error
                continue
            plans.append(planned)
            rendered = render(planned, folders, config, finish)
            for file in rendered:
                history.add(*file.key, file.text)
            done[spec.spec.app, spec.name] = [file.key for file in rendered]
            files += rendered
        pending = sorted([*pending, *failed], key=lambda spec: spec.shown)
        failed = {}
    problems = [diagnostic for error in failed.values() for diagnostic in error.diagnostics]
    problems += _stuck(pending, history, done, {(spec.spec.app, spec.name) for spec in failed})
    if problems:
        raise SpecError(*in_order(problems))
    progress(total, total, "")
    return plans, files


def _stuck(
    pending: Sequence[SpecFile],
    history: History,
    done: Mapping[tuple[str, str], Sequence[Key]],
    failed: set[tuple[str, str]],
) -> list[Diagnostic]:
    """Say why none of the specs can come next: they wait for each other, or for something that is not there."""
    waiting = {(spec.spec.app, spec.name) for spec in pending}
    problems: list[Diagnostic] = []
    for spec in pending:
        missing = unresolved(spec, history, done)
        if any(entry in failed for entry in missing):  # what comes after a spec that is wrong is not judged
            continue
        others = [entry for entry in missing if entry in waiting]
        if others and len(others) == len(missing):
            names = ", ".join(name for _, name in others)
            message = f"this spec waits for {names}, which waits for this one"
            hint = "let one of them name the migration that it really follows"
            problems.append(Diagnostic("E404", message, spec.place("after"), hint))
            continue
        try:
            resolve(spec, history, {**done, **{entry: [entry] for entry in others}})
        except SpecError as error:
            problems += error.diagnostics
    return problems


def render(
    planned: SpecPlan, folders: Mapping[str, Folder], config: Config, finish: Callable[[str, Path], str] = format_code
) -> list[MigrationFile]:
    """Give the text of each file of a plan."""
    spec = planned.spec
    first_party = {path.stem for path in config.root.iterdir() if path.is_dir() or path.suffix == ".py"}
    rendered = []
    for number, file in enumerate(planned.files, 1):
        body = finish(file_text(file.code, first_party), config.root)
        steps = [unit.step + 1 for unit in file.units]
        text = with_head(body, spec.shown, steps, spec.hash, number, len(planned.files))
        path = folders[file.key[0]].path / f"{file.key[1]}.py"
        rendered.append(MigrationFile(key=file.key, path=path, text=text, spec=spec))
    return rendered
