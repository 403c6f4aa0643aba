"""From planned specs to what reviewers read of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from django.db.migrations.operations import RunPython
from django.db.migrations.operations.base import Operation

from migspec.compiler.compile import Outcome
from migspec.compiler.emit.file import by_operation
from migspec.compiler.planning.plan import PlannedFile, SpecPlan
from migspec.compiler.planning.units import Unit, said_of
from migspec.compiler.review.back import back_of
from migspec.compiler.review.locks import strongest
from migspec.compiler.review.offline import offline
from migspec.compiler.review.review import Database, File, Review, SpecReview, Sql, Step
from migspec.compiler.review.rows import rows_sql
from migspec.compiler.review.sql import Scribe
from migspec.compiler.review.touched import models_of
from migspec.dsl.diagnostics import Diagnostic, in_order

Moved = Callable[[str], str]  # a path of the project as its repository has it


def gather(
    outcome: Outcome,
    vendors: Collection[str],
    findings: Sequence[Diagnostic],
    moved: Moved = str,
    dropped: Mapping[str, str] | None = None,
) -> Review:
    """Give the review of planned specs.

    `vendors` are those of the declared databases, `dropped` the side tables that specs drop, and by which.
    """
    servers, missing = offline(vendors)
    specs = []
    for plan in outcome.plans:
        scribe = Scribe(servers, missing)
        before, after = models_of(plan)
        about = [found for found in [*outcome.warnings, *findings] if found.place.file == plan.spec.shown]
        specs.append(
            SpecReview(
                path=moved(plan.spec.shown),
                app=plan.spec.app,
                name=plan.spec.name,
                description=plan.spec.spec.description or "",
                files=list(_files(plan, outcome, scribe, moved, dropped or {})),
                before=before,
                after=after,
                findings=[moved_finding(one, moved) for one in in_order(about)],
            )
        )
    databases: list[Database] = [server for server, _ in servers]
    return Review(specs=specs, databases=databases)


def moved_finding(finding: Diagnostic, moved: Moved) -> Diagnostic:
    return replace(finding, place=replace(finding.place, file=moved(finding.place.file)))


def _files(
    plan: SpecPlan, outcome: Outcome, scribe: Scribe, moved: Moved, dropped: Mapping[str, str]
) -> Iterator[File]:
    state = plan.state_before
    paths = {file.key: file.path for file in outcome.files}
    root = outcome.history.root
    for file in plan.files:
        migration = outcome.history.migration(file.key)
        pages, state = scribe.write(migration, state)
        steps = [
            _step(
                [file.units[at] for at in units],
                migration.operations[first:end],
                pages[first:end],
                plan,
                scribe,
                dropped,
            )
            for units, first, end in _groups(file)
        ]
        after = [f"settings.{name}" for name in file.code.swappable]
        after += [f"{app}.{name}" for app, name in file.code.dependencies]
        path = paths[file.key]
        yield File(
            app=file.key[0],
            name=file.key[1],
            path=moved(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()),
            kind=file.kind.value,
            atomic=all(piece.atomic for piece in file.code.pieces),
            after=after,
            steps=steps,
        )


def _groups(file: PlannedFile) -> Iterator[tuple[list[int], int, int]]:
    """Give which units stand in which operations: the first, and the one after the last.

    A unit may have several operations, and neighbours that change only the state or only the database share one.
    """
    shared = by_operation(file.code.pieces)
    operations = [at for at, group in enumerate(shared) for _ in group]
    owners = list(zip(file.owners, operations, strict=True))  # unit and operation of each piece
    if not owners:
        return
    start = 0
    for at, ((unit_, operation), (next_unit, next_operation)) in enumerate(pairwise(owners), 1):
        if next_unit != unit_ and next_operation != operation:
            yield _group(owners[start:at])
            start = at
    yield _group(owners[start:])


def _group(owners: Sequence[tuple[int, int]]) -> tuple[list[int], int, int]:
    return list(dict.fromkeys(unit for unit, _ in owners)), owners[0][1], owners[-1][1] + 1


def _step(
    units: Sequence[Unit],
    operations: Sequence[Operation],
    pages: Sequence[dict[str, Sql]],
    plan: SpecPlan,
    scribe: Scribe,
    dropped: Mapping[str, str],
) -> Step:
    first = units[0].step
    if units[0].rows is not None and any(isinstance(operation, RunPython) for operation in operations):
        sql = rows_sql(units[0], plan, scribe.servers, scribe.missing)
    else:
        sql = {name: _joined([page[name] for page in pages]) for name in pages[0]}
    return Step(
        numbers=list(dict.fromkeys(unit.step + 1 for unit in units)),
        line=plan.spec.place("steps", first).line,
        verb=plan.spec.spec.steps[first].verb,
        descriptions=list(dict.fromkeys(_described(unit) for unit in units)),
        sql=sql,
        back=back_of(units, operations, plan, dropped),
    )


def _joined(parts: Sequence[Sql]) -> Sql:
    return Sql(
        statements=[statement for part in parts for statement in part.statements],
        at_end=[statement for part in parts for statement in part.at_end],
        unknown=next((part.unknown for part in parts if part.unknown), ""),
        about=next((part.about for part in parts if part.about), ""),
        locks=strongest(lock for part in parts for lock in part.locks),
    )


def _described(unit: Unit) -> str:
    """Give the line of a unit without what it says of its reverse."""
    said = f" ({said_of(unit.reversal)})" if unit.reversal else ""
    return unit.description.removesuffix(said)
