"""A copy of the test project that one test may write to, while its models stay loaded in this process."""

from __future__ import annotations

import importlib
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.test.utils import override_settings

import databases

HERE = Path(__file__).resolve().parent.parent / "project"
APPS = ("people", "library", "shop")

# Warnings of modules whose name starts with "migspec" are errors (see pyproject.toml): so for migrations too.
PREFIX = "migspec_project"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Project:
    """A project on disk. Its migrations are the ones that Django finds in this process."""

    root: Path
    package: str
    labels: tuple[str, ...]

    def write(self, path: str, text: str) -> Path:
        """Write a file, relative to the project; a migration that was imported before is read anew."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        module = f"{self.package}.{path.removesuffix('.py').replace('/', '.')}"
        sys.modules.pop(module, None)
        importlib.invalidate_caches()
        return target

    def migrations(self, app_label: str) -> dict[str, str]:
        """Give the app's migration files, name to text."""
        folder = self.root / app_label / "migrations"
        return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("[!_]*.py"))}

    def manage(
        self, *arguments: str, database: databases.Database | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run manage.py in a process of its own; with `check` a failure is an AssertionError that holds its output."""
        return self.run(sys.executable, "manage.py", *arguments, database=database, check=check)

    def run(
        self, *command: str, database: databases.Database | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder."""
        environment = {**os.environ, **(database.environment() if database else {}), "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTHONPATH", None)
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}{done.stderr}"
        return done


@contextmanager
def copied_project(
    folder: Path, migrations: Mapping[str, Mapping[str, str]] | None = None, *, base: bool = True
) -> Iterator[Project]:
    """Copy the test project into `folder` and make Django find its migrations there.

    `migrations` (app label -> name -> text) are written into it. A label that the test project does not have becomes
    an app without models. Without `base` the test project's own migrations are left out.
    """
    package = f"{PREFIX}_{os.getpid()}_{next(_numbers)}"
    root = folder.resolve() / package
    ignored = shutil.ignore_patterns("__pycache__", *([] if base else ["0*.py"]))
    shutil.copytree(HERE, root, ignore=ignored)
    added = [label for label in migrations or {} if label not in APPS]
    for label in [*APPS, *added]:
        (root / label / "migrations").mkdir(parents=True, exist_ok=True)
        for init in (root / label / "__init__.py", root / label / "migrations" / "__init__.py"):
            init.touch()
    project = Project(root, package, (*APPS, *added))
    for label, texts in (migrations or {}).items():
        for name, text in texts.items():
            project.write(f"{label}/migrations/{name}.py", text)
    with _found_there(project, added):
        yield project


@contextmanager
def _found_there(project: Project, added: list[str]) -> Iterator[None]:
    path = str(project.root.parent)
    modules = {label: f"{project.package}.{label}.migrations" for label in APPS}
    changes: dict[str, Any] = {"MIGRATION_MODULES": {**settings.MIGRATION_MODULES, **modules}}
    if added:
        changes["INSTALLED_APPS"] = [*settings.INSTALLED_APPS, *(f"{project.package}.{label}" for label in added)]
    sys.path.insert(0, path)
    importlib.invalidate_caches()
    try:
        with override_settings(**changes):
            configs = [apps.get_app_config(label) for label in project.labels]
            before = [config.path for config in configs]
            for config in configs:
                config.path = str(project.root / config.label)
            try:
                yield
            finally:
                for config, old in zip(configs, before, strict=True):
                    config.path = old
    finally:
        sys.path.remove(path)
        for name in [name for name in sys.modules if name.partition(".")[0] == project.package]:
            del sys.modules[name]
