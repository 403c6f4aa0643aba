"""What compiling stops before unless it is forced: files edited by hand, and files that others build on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from migspec.compiler.config import shown
from migspec.compiler.files.survey import Status, Survey
from migspec.compiler.history import History
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError


def stop_before_edited(surveys: Iterable[Survey], root: Path) -> None:
    """E601 for each file that was changed by hand."""
    problems = [
        Diagnostic(
            "E601",
            f"{file.path.name} was changed by hand since it was compiled from {found.spec.shown}",
            Place(shown(file.path, root)),
            "put the change into the spec, or overwrite it with 'migspec compile --force'",
        )
        for found in surveys
        for file in found.having(Status.EDITED)
    ]
    if problems:
        raise SpecError(*problems)


def stop_before_built_on(surveys: Iterable[Survey], history: History) -> None:
    """E602 where something that is not compiled in this run depends on a file that is there and is to change."""
    surveys = list(surveys)
    mine = {file.key for found in surveys for file, _ in found.files}
    changing = {
        file.key: found
        for found in surveys
        for file in found.having(Status.STALE, Status.EDITED, Status.MISPLACED, Status.ORPHAN)
    }
    problems = []
    for key, migration in sorted(history.waiting.items()):
        for dependency in migration.dependencies:
            if dependency in changing and key not in mine:
                found = changing[dependency]
                changes = "changes" if found.having(Status.STALE) else "is written anew"
                message = f"{dependency[1]} of this spec {changes}, and {key[0]}.{key[1]} builds on it"
                hint = "write the new change as a spec of its own, or recompile this one with --force"
                problems.append(Diagnostic("E602", message, found.spec.place("steps", key=True), hint))
    if problems:
        raise SpecError(*problems)
