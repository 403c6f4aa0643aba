"""The example project: compiled files as committed, and every story on every database with its rows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import databases

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
STORIES = sorted([*EXAMPLES.glob("*/migspecs/*.yaml"), *EXAMPLES.glob("*/migspecs/*.toml")])

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
    environment.pop("MIGSPEC_TEST_DATABASE", None)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


MIGSPEC = (sys.executable, "-m", "migspec.compiler.cli")


def test_the_compiled_files_are_current() -> None:
    assert "every file is as its spec says" in run(*MIGSPEC, "compile", "--check")


def test_compiling_from_nothing_gives_the_committed_files(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    copy = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    for path in generated(copy):
        path.unlink()
    run(*MIGSPEC, "compile", folder=copy)
    if pytestconfig.getoption("--update"):
        for path in generated(EXAMPLES):
            path.unlink()
        for path in generated(copy):
            shutil.copy(path, EXAMPLES / path.relative_to(copy))
    assert texts(copy) == texts(EXAMPLES)
    assert len(texts(EXAMPLES)) > 10


def generated(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*/migrations/*.py") if path.read_text().startswith("# Compiled by migspec"))


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in generated(folder)}


def test_models_and_migrations_agree() -> None:
    assert "No changes detected" in run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")


def test_the_stories_go_forward_back_and_forward_again(database: databases.Database) -> None:
    paths = [path.relative_to(EXAMPLES).as_posix() for path in STORIES]
    told = json.loads(run(sys.executable, "-c", RUN, *paths, database=database).splitlines()[-1])
    assert set(told) == set(paths)
    for path, story in told.items():
        assert story["came_back"], f"{path}: the rows did not come back"
        assert without_random(story["again"]) == without_random(story["after"]), path


def without_random(tables: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """Leave out the tokens, which are others each time, and keys that the database gives."""
    return {
        model: [{name: value for name, value in row.items() if name not in ("token", "id")} for row in rows]
        for model, rows in tables.items()
    }


def test_the_demo() -> None:
    assert "All stories went forward, and their rows came back." in run(sys.executable, "demo.py")


@pytest.mark.parametrize("app_label", sorted(path.parent.parent.name for path in STORIES))
def test_generated_files_do_not_import_migspec(app_label: str) -> None:
    for path in (EXAMPLES / app_label / "migrations").glob("0*.py"):
        code = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert not any("migspec." in line and "import" in line for line in code)
