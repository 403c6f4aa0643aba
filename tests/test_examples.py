"""The example project: compiled files as committed, and every story on every database with its rows."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import django
import pytest

import databases

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
WITH_BDMODELS = EXAMPLES / "with_bdmodels"
PROJECTS = [EXAMPLES, WITH_BDMODELS] if django.VERSION < (6, 1) else [EXAMPLES]

each_project = pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)

# Runs in a process of its own, because the examples are a Django project of their own.
RUN = """
import json, sys
sys.path.insert(0, ".")
from pathlib import Path
from story import Story

found = {}
for path in sys.argv[1:]:
    story = Story(Path(path))
    story.migrate_to_base()
    story.insert_given()
    before = story.rows()
    story.migrate_forward()
    after = story.rows()
    story.migrate_to_base()
    came_back = story.came_back()
    story.migrate_forward()
    again = story.rows()
    found[path] = {"before": before, "after": after, "again": again, "came_back": came_back}
print(json.dumps(found, default=str))
"""


def run(*command: str, folder: Path = EXAMPLES, database: databases.Database | None = None) -> str:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= database.environment() if database else {}
    environment["PYTHONPATH"] = str(EXAMPLES)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


MIGSPEC = (sys.executable, "-m", "migspec.compiler.cli")


def specs(project: Path) -> list[str]:
    found = [*project.glob("*/migspecs/*.yaml"), *project.glob("*/migspecs/*.toml")]
    return sorted(path.relative_to(project).as_posix() for path in found)


def generated(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.glob("*/migrations/*.py") if path.read_text().startswith("# Compiled by migspec")
    )


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in generated(folder)}


@each_project
def test_the_compiled_files_are_current(project: Path) -> None:
    assert "every file is as its spec says" in run(*MIGSPEC, "compile", "--check", folder=project)


@each_project
def test_compiling_from_nothing_gives_the_committed_files(
    project: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    copy = tmp_path / "examples"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3", "with_bdmodels"))
    for path in generated(copy):
        path.unlink()
    run(*MIGSPEC, "compile", folder=copy)
    if pytestconfig.getoption("--update"):
        for path in generated(project):
            path.unlink()
        for path in generated(copy):
            shutil.copy(path, project / path.relative_to(copy))
    assert texts(copy) == texts(project)
    assert len(texts(project)) >= 3


@each_project
def test_models_and_migrations_agree(project: Path) -> None:
    command = (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    assert "No changes detected" in run(*command, folder=project)


@each_project
def test_the_stories_go_forward_back_and_forward_again(project: Path, database: databases.Database) -> None:
    told = json.loads(
        run(sys.executable, "-c", RUN, *specs(project), folder=project, database=database).splitlines()[-1]
    )
    assert set(told) == set(specs(project))
    for path, story in told.items():
        assert story["came_back"], f"{path}: the rows did not come back"
        assert without_random(story["again"]) == without_random(story["after"]), path


@each_project
def test_rows_that_nobody_wrote(project: Path, database: databases.Database) -> None:
    command = ("verify", "--database", "default", "--generate", "3", "-k", "^generated rows$")
    said = run(*MIGSPEC, *command, folder=project, database=database)
    assert said.count("  ok      generated rows (default: 4 sets") == len(specs(project)), said


def without_random(tables: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """Leave out the tokens, which are others each time, and keys that the database gives."""
    return {
        model: [{name: value for name, value in row.items() if name not in ("token", "id")} for row in rows]
        for model, rows in tables.items()
    }


def test_the_demo() -> None:
    assert "All stories went forward, and their rows came back." in run(sys.executable, "demo.py")


@each_project
def test_generated_files_do_not_import_migspec(project: Path) -> None:
    for text in texts(project).values():
        imported = {
            alias.name if isinstance(node, ast.Import) else node.module
            for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        assert not any(str(module).startswith("migspec") for module in imported)
