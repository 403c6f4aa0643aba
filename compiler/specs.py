"""The spec files of a run: read, named, and parsed where that is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from migspec.compiler.config import shown
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, in_order
from migspec.dsl.names import parse_model
from migspec.dsl.read import read
from migspec.dsl.source import SourceFile
from migspec.schemas.written import document_hash

if TYPE_CHECKING:
    from migspec.schemas.document import Spec

# The path of a spec and its hash, as the heads of generated files have them.
Compiled = Collection[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class SpecFile:
    """A spec and where it came from. Two are the same only where they are one object.

    The models that parse a spec take longer to import than hundreds of specs to read: one that is known to be right,
    since files were compiled from this very document, is parsed only when `spec` is asked for.
    """

    path: Path
    source: SourceFile
    hash: str
    parsed: Spec | None = None

    @cached_property
    def spec(self) -> Spec:
        from migspec.schemas.document import parse

        return self.parsed or parse(self.source)

    @property
    def shown(self) -> str:
        return self.source.path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def app(self) -> str:
        return str(self.source.data["app"])

    @property
    def key(self) -> tuple[str, str]:
        """App label and name, as `after` may call the spec."""
        return self.app, self.name

    @cached_property
    def after(self) -> list[tuple[str, str]]:
        """The entries of `after` as (app label, name of a migration or of a spec)."""
        after = self.source.data.get("after") or []
        written = [after] if isinstance(after, str) else after
        return [(app or self.app, name) for app, _, name in (entry.rpartition(".") for entry in written)]

    @property
    def creates_in(self) -> set[str]:
        """The apps, besides its own, that `create_model` names."""
        models = [parse_model(step["create_model"]) for step in self.source.data["steps"] if "create_model" in step]
        return {model.app_label for model in models if model.app_label}

    def place(self, *path: str | int, key: bool = False) -> Place:
        return self.source.place(path, key=key)


def read_specs(paths: Iterable[Path], root: Path, compiled: Compiled = ()) -> list[SpecFile]:
    """Read and parse spec files; SpecError with what is wrong in all of them.

    A document from which files were `compiled` is right, and not parsed again.
    """
    found: list[SpecFile] = []
    problems: list[Diagnostic] = []
    for path in paths:
        try:
            source = read(path, shown(path, root))
            found.append(_spec_file(path.resolve(), source, compiled))
        except SpecError as error:
            problems += error.diagnostics
    problems += _same_names(found)
    if problems:
        raise SpecError(*in_order(problems))
    return found


def _spec_file(path: Path, source: SourceFile, compiled: Compiled) -> SpecFile:
    hash = document_hash(source.data)
    if (source.path, hash) in compiled:
        return SpecFile(path, source, hash)
    from migspec.schemas.document import parse, spec_hash

    spec = parse(source)
    return SpecFile(path, source, spec_hash(spec), spec)


def _same_names(specs: Iterable[SpecFile]) -> list[Diagnostic]:
    first: dict[tuple[str, str], SpecFile] = {}
    problems = []
    for spec in specs:
        other = first.setdefault(spec.key, spec)
        if other is not spec:
            message = f"'{spec.name}' is the name of another spec of the app '{spec.app}': {other.shown}"
            problems.append(Diagnostic("E406", message, spec.place("app"), "give one of the files another name"))
    return problems
