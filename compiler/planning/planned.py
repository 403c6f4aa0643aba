"""What planning the specs of a run takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migspec.compiler.config import Config
from migspec.compiler.history import Folder, Key
from migspec.compiler.specs import SpecFile

if TYPE_CHECKING:  # planning takes long to import, and where every file is fresh nothing is planned
    from migspec.compiler.planning.plan import SpecPlan

Name = tuple[str, str]  # of a spec: app label and name


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationFile:
    """A generated file as it is to be."""

    key: Key
    path: Path
    text: str
    spec: SpecFile
    number: int  # of the spec's files, from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What turns a plan into files."""

    folders: Mapping[str, Folder]
    config: Config
    finish: Callable[[str, Path], str]  # formats the text of a file
    progress: Callable[[int, int, str], None]
    heads: bool = True  # whether files say what they were compiled from


@dataclass(frozen=True, slots=True)
class Planned:
    """What came of planning. Where fresh specs turn out to be displaced, nothing else is to be used."""

    plans: Sequence[SpecPlan] = ()
    files: Sequence[MigrationFile] = ()
    displaced: Collection[SpecFile] = field(default_factory=frozenset)
