"""A copy of the test project in which specs are written, compiled and checked as the command does it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from harness.project import Project, copied_project
from migspec.compiler.commands.common import other_specs
from migspec.compiler.compile import Outcome, compile_specs
from migspec.compiler.config import Config, find_specs
from migspec.compiler.files.max_migration import max_migration_files
from migspec.compiler.files.survey import Status
from migspec.compiler.files.write import write_files
from migspec.compiler.specs import SpecFile, read_specs
from migspec.dsl.diagnostics import Diagnostic, SpecError

VENDORS = ("mysql", "postgresql", "sqlite")


@dataclass(frozen=True, slots=True)
class Workshop:
    """A project with specs."""

    project: Project
    databases: tuple[str, ...] = VENDORS

    @property
    def config(self) -> Config:
        return Config(root=self.project.root, databases=self.databases)

    def spec(self, path: str, text: str, *, app: str | None = None) -> None:
        """Write a spec, as in "shop/total", of that app or of the one labelled `app`; `text` is what follows `app`."""
        label, _, name = path.partition("/")
        suffix = "" if "." in name else ".yaml"
        self.project.write(f"{label}/migspecs/{name}{suffix}", f"migspec: 1\napp: {app or label}\n{dedent(text)}")

    def path(self, name: str) -> Path:
        return self.project.root / name

    def read(self, *names: str) -> list[SpecFile]:
        """Read the specs of these names; without any, all."""
        specs = find_specs(self.config)
        return read_specs([path for path in specs if not names or path.stem in names], self.project.root)

    def plan(self, *names: str, force: bool = False) -> Outcome:
        self._forget()
        chosen = self.read(*names)
        return compile_specs(chosen, self.config, others=other_specs(chosen, self.config), force=force)

    def compile(self, *names: str, force: bool = False) -> list[str]:
        """Compile and write; give the paths of the files written."""
        outcome = self.plan(*names, force=force)
        files = {file.path: file.text for file in outcome.files}
        write_files(files | max_migration_files(outcome), [file.path for file in outcome.remove])
        self._forget()
        return sorted(path.relative_to(self.project.root).as_posix() for path in files)

    def check(self, *names: str) -> dict[str, str]:
        """Give what --check says: path of a file, or of a spec whose files are missing, to its word."""
        self._forget()
        chosen = self.read(*names)
        outcome = compile_specs(chosen, self.config, others=other_specs(chosen, self.config), planning=False)
        said = {}
        for found in outcome.surveys:
            for file, status in found.files:
                if status is not Status.FRESH:
                    said[file.path.relative_to(self.project.root).as_posix()] = str(status)
            if found.missing:
                said[found.spec.shown] = " ".join(["missing", *map(str, found.missing)])
        return said

    def refused(self, *names: str, force: bool = False) -> list[Diagnostic]:
        """Give what is in the way of compiling."""
        before = self.texts()
        with pytest.raises(SpecError) as caught:
            self.compile(*names, force=force)
        assert self.texts() == before
        return list(caught.value.diagnostics)

    def texts(self) -> dict[str, str]:
        """Give every migration of the project, path to text."""
        return {
            path.relative_to(self.project.root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(self.project.root.glob("*/migrations/[!_]*.py"))
        }

    def generated(self) -> dict[str, str]:
        return {path: text for path, text in self.texts().items() if text.startswith("# Compiled by migspec")}

    def remove(self, *paths: str) -> None:
        for path in paths:
            self.path(path).unlink()

    def _forget(self) -> None:
        """Another run of the command imports migrations anew."""
        for name in [
            name for name in sys.modules if name.startswith(f"{self.project.package}.") and ".migrations." in name
        ]:
            del sys.modules[name]
        importlib.invalidate_caches()


@contextmanager
def workshop(
    folder: Path,
    migrations: Mapping[str, Mapping[str, str]] | None = None,
    *,
    databases: tuple[str, ...] = VENDORS,
    base: bool = True,
) -> Iterator[Workshop]:
    with copied_project(folder, migrations, base=base) as project:
        yield Workshop(project, databases)


def empty_migration(*dependencies: tuple[str, str], body: str = "operations = []") -> str:
    """Give the text of a hand-written migration."""
    return (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = {list(dependencies)!r}\n    {body}\n"
    )
