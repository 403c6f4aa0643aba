"""Planning all the specs of a run in one order, each seeing what comes before it and nothing of what comes later."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.conf import settings

from migspec.compiler.emit.file import file_text
from migspec.compiler.files.heads import with_head
from migspec.compiler.files.survey import Status, Survey
from migspec.compiler.history import History, Key
from migspec.compiler.planning.displaced import with_misplaced
from migspec.compiler.planning.place import resolve, resolved, unresolved
from migspec.compiler.planning.plan import SpecPlan, plan
from migspec.compiler.planning.planned import MigrationFile, Name, Planned, Rendering
from migspec.compiler.planning.units import Project
from migspec.compiler.project import vendors
from migspec.compiler.specs import SpecFile
from migspec.dsl.diagnostics import Diagnostic, SpecError, in_order


def plan_all(
    specs: Sequence[SpecFile],
    fresh: Sequence[Survey],
    others: Mapping[Name, Sequence[Key]],
    history: History,
    rendering: Rendering,
    movable: Collection[SpecFile],
) -> Planned:
    """Plan `specs` among the fresh ones; SpecError with everything that is wrong in any of them.

    `others` are the files of specs that are neither. Specs are taken in one order, fresh or not: each after those
    that it names, by path otherwise, and one that fails again after the others, whose models it may need. A spec sees
    nothing of those that come later, even where their files are there: what it becomes depends on the specs and the
    hand-written migrations alone, not on what was compiled before.
    """
    surveys = {found.spec: found for found in fresh}
    pending = sorted([*specs, *surveys], key=lambda spec: spec.shown)
    project = Project(
        folders=rendering.folders,
        vendors=vendors(rendering.config),
        emit=rendering.config.emit,
        routed=bool(settings.DATABASE_ROUTERS),
    )
    done: dict[Name, Sequence[Key]] = dict(others)
    hidden = _later(surveys.values(), done, history)
    failed: dict[SpecFile, SpecError] = {}
    plans: list[SpecPlan] = []
    files: list[MigrationFile] = []
    displaced: set[SpecFile] = set()
    while True:
        later = {key for other in pending if other in surveys for key in surveys[other].keys}
        spec = next(
            (spec for spec in pending if _is_ready(spec, surveys.get(spec), history, done, hidden, later)), None
        )
        if spec is None:
            break
        pending.remove(spec)
        if spec in surveys:
            if spec in movable:
                marked = with_misplaced(surveys[spec], resolved(spec, history, done), history)
                if marked.having(Status.MISPLACED):
                    displaced.add(spec)
                    break
            done[spec.key] = surveys[spec].keys
            hidden = _later(surveys.values(), done, history)
        else:
            rendering.progress(len(plans), len(specs), spec.shown)
            try:
                planned = plan(spec, resolve(spec, history, done), history, project, hidden)
            except SpecError as error:
                failed[spec] = error
                continue
            plans.append(planned)
            rendered = render(planned, rendering)
            for file in rendered:
                history.add(*file.key, file.text)
            done[spec.key] = [file.key for file in rendered]
            files += rendered
        pending = sorted([*pending, *failed], key=lambda spec: spec.shown)
        failed = {}
    if not displaced:  # what it waits for has come, and its files still are not there
        displaced = {spec for spec in pending if spec in movable and not unresolved(spec, history, done, hidden)}
    if displaced:
        return Planned(displaced=_with_followers(displaced, pending, movable))
    problems = [diagnostic for error in failed.values() for diagnostic in error.diagnostics]
    waiting = [spec for spec in pending if spec not in surveys]
    problems += _stuck(waiting, history, done, {spec.key for spec in failed})
    if problems:
        raise SpecError(*in_order(problems))
    rendering.progress(len(specs), len(specs), "")
    return Planned(plans, files)


def _later(surveys: Collection[Survey], done: Mapping[Name, Sequence[Key]], history: History) -> set[Key]:
    """Give the files of fresh specs that come later, and all that builds on them."""
    nodes = history.loader.graph.nodes
    waiting = [found for found in surveys if found.spec.key not in done]
    return history.with_descendants(key for found in waiting for key in found.keys if key in nodes)


def _is_ready(
    spec: SpecFile,
    found: Survey | None,
    history: History,
    done: Mapping[Name, Sequence[Key]],
    hidden: Collection[Key],
    later: Collection[Key],
) -> bool:
    """Whether what a spec comes after is there; for a fresh one also what it once failed without: its dependencies."""
    if unresolved(spec, history, done, hidden):
        return False
    if found is None:
        return True
    nodes = history.loader.graph.nodes
    keys = history.standing(found.keys)
    if any(key not in nodes for key in keys):
        return False
    return not (history.ancestors(keys) - set(keys)).intersection(later)


def _with_followers(
    displaced: Collection[SpecFile], pending: Collection[SpecFile], movable: Collection[SpecFile]
) -> set[SpecFile]:
    """Add the fresh specs that name one of them in `after`: they move too."""
    found = set(displaced)
    while True:
        names = {spec.key for spec in found}
        more = {spec for spec in pending if spec in movable and names.intersection(spec.after)} - found
        if not more:
            return found
        found |= more


def _stuck(
    pending: Sequence[SpecFile], history: History, done: Mapping[Name, Sequence[Key]], failed: set[Name]
) -> list[Diagnostic]:
    """Say why none of the specs can come next: they wait for each other, or for something that is not there."""
    waits = {spec.key: unresolved(spec, history, done) for spec in pending}
    problems: list[Diagnostic] = []
    for spec in pending:
        name = spec.key
        if _reaches(name, failed, waits):  # what comes after a spec that is wrong is not judged
            continue
        others = [entry for entry in waits[name] if entry in waits]
        if others and len(others) == len(waits[name]):
            if _reaches(name, {name}, waits):
                names = ", ".join(name for _, name in others)
                message = f"this spec waits for {names}, which waits for this one"
                if name in others:
                    message = "this spec comes after itself"
                hint = "let one of them name the migration that it really follows"
                problems.append(Diagnostic("E404", message, spec.place("after"), hint))
            continue
        try:
            resolve(spec, history, {**done, **{entry: [entry] for entry in others}})
        except SpecError as error:
            problems += error.diagnostics
    return problems


def _reaches(start: Name, goal: Collection[Name], waits: Mapping[Name, Sequence[Name]]) -> bool:
    """Whether a spec waits, directly or not, for one of `goal`."""
    seen: set[Name] = set()
    pending = list(waits.get(start, ()))
    while pending:
        name = pending.pop()
        if name in goal:
            return True
        if name not in seen:
            seen.add(name)
            pending += waits.get(name, ())
    return False


def render(planned: SpecPlan, rendering: Rendering) -> list[MigrationFile]:
    """Give the text of each file of a plan."""
    spec, root = planned.spec, rendering.config.root
    first_party = {path.stem for path in root.iterdir() if path.is_dir() or path.suffix == ".py"}
    rendered = []
    for number, file in enumerate(planned.files, 1):
        body = rendering.finish(file_text(file.code, first_party), root)
        steps = [unit.step + 1 for unit in file.units]
        text = with_head(body, spec.shown, steps, spec.hash, number, len(planned.files)) if rendering.heads else body
        path = rendering.folders[file.key[0]].path / f"{file.key[1]}.py"
        rendered.append(MigrationFile(key=file.key, path=path, text=text, spec=spec, number=number))
    return rendered
