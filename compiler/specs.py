"""The spec files of a run: read, parsed, named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from migspec.compiler.config import shown
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, in_order
from migspec.dsl.read import read
from migspec.dsl.source import SourceFile
from migspec.schemas.document import Spec, parse, spec_hash, spec_name


@dataclass(frozen=True, slots=True, eq=False)
class SpecFile:
    """A spec and where it came from. Two are the same only where they are one object."""

    path: Path
    source: SourceFile
    spec: Spec
    name: str
    hash: str

    @property
    def shown(self) -> str:
        return self.source.path

    def place(self, *path: str | int, key: bool = False) -> Place:
        return self.source.place(path, key=key)


def read_specs(paths: Iterable[Path], root: Path) -> list[SpecFile]:
    """Read and parse spec files; SpecError with what is wrong in all of them."""
    found: list[SpecFile] = []
    problems: list[Diagnostic] = []
    for path in paths:
        try:
            source = read(path, shown(path, root))
            spec = parse(source)
            found.append(SpecFile(path.resolve(), source, spec, spec_name(path), spec_hash(spec)))
        except SpecError as error:
            problems += error.diagnostics
    problems += _same_names(found)
    if problems:
        raise SpecError(*in_order(problems))
    return found


def _same_names(specs: Iterable[SpecFile]) -> list[Diagnostic]:
    first: dict[tuple[str, str], SpecFile] = {}
    problems = []
    for spec in specs:
        other = first.setdefault((spec.spec.app, spec.name), spec)
        if other is not spec:
            message = f"'{spec.name}' is the name of another spec of the app '{spec.spec.app}': {other.shown}"
            problems.append(Diagnostic("E406", message, spec.place("app"), "give one of the files another name"))
    return problems
