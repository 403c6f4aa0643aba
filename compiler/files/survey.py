"""Which generated files are as their specs say: fresh, missing, stale, edited, misplaced or orphan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from migspec.compiler.history import Generated, Key
from migspec.compiler.specs import SpecFile


class Status(StrEnum):
    """What --check says of a file."""

    FRESH = "fresh"
    MISSING = "missing"  # the spec has no such file on disk
    STALE = "stale"  # the spec says something else now
    EDITED = "edited"  # the file was changed by hand
    MISPLACED = "misplaced"  # another name or place, because the history before it has changed
    ORPHAN = "orphan"  # the spec has no such file any more


@dataclass(frozen=True, slots=True)
class Survey:
    """The generated files of one spec, with their status."""

    spec: SpecFile
    files: Sequence[tuple[Generated, Status]]
    missing: Sequence[int]  # numbers of the files that are not there; [1] where none is known

    @property
    def fresh(self) -> bool:
        return not self.missing and all(status is Status.FRESH for _, status in self.files)

    @property
    def by_number(self) -> list[Generated]:
        """The files on disk in the order in which they run."""
        return sorted((file for file, _ in self.files), key=lambda file: file.head.number)

    @property
    def keys(self) -> list[Key]:
        return [file.key for file in self.by_number]

    def having(self, *statuses: Status) -> list[Generated]:
        return [file for file, found in self.files if found in statuses]

    def misplacing(self, keys: Collection[Key]) -> Survey:
        """Give the survey with those of the fresh files marked as misplaced."""
        marked = [
            (file, Status.MISPLACED if status is Status.FRESH and file.key in keys else status)
            for file, status in self.files
        ]
        return Survey(self.spec, marked, self.missing)


def survey(specs: Iterable[SpecFile], generated: Iterable[Generated]) -> list[Survey]:
    """Compare hashes only; which files are misplaced needs the migration graph (see displaced.py)."""
    by_spec: dict[str, list[Generated]] = {}
    for file in generated:
        by_spec.setdefault(file.head.spec, []).append(file)
    return [_survey_one(spec, by_spec.get(spec.shown, [])) for spec in specs]


def _survey_one(spec: SpecFile, files: Sequence[Generated]) -> Survey:
    current = [file for file in files if file.head.spec_hash == spec.hash]
    count = max((file.head.count for file in current), default=0)
    numbers = {file.head.number for file in current}
    missing = [number for number in range(1, count + 1) if number not in numbers]
    complete = bool(current) and not missing
    statuses: list[tuple[Generated, Status]] = []
    taken: set[int] = set()
    for file in files:
        if file.edited:
            status = Status.EDITED
        elif file not in current:
            status = Status.ORPHAN if complete else Status.STALE
        elif file.head.number in taken:
            status = Status.ORPHAN
        else:
            status = Status.FRESH
            taken.add(file.head.number)
        statuses.append((file, status))
    if not files:
        missing = [1]
    return Survey(spec, statuses, missing)
