"""new --from-models over a project with most kinds of change: what is written, and that it does what makemigrations
would do.

`before/` and `after/` are the project's code before and after its models were changed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import databases
from migspec.dsl.read import read

HERE = Path(__file__).parent
BEFORE = ("crm.0001_initial", "shop.0001_initial")
APPS = ("crm", "ring", "rung", "shop")
# Three renames; values for 'channel', 'added', 'sold' (auto_now_add, once as proposed) and for 'born', now NOT NULL.
SOLD = "datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)"
ANSWERS = f"y\ny\ny\n1\n'web'\n1\n\n1\n{SOLD}\n1\ndatetime.date(1970, 1, 1)\n"

Golden = Callable[[Path, str], None]


def run(folder: Path, *command: str, answers: str = "", database: databases.Database | None = None) -> str:
    """Run a command in a project, at a terminal where there are answers; give what it says, and its exit code."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONDONTWRITEBYTECODE": "1"}
    # Unbuffered: what goes to the two streams is read from one.
    environment |= {"PYTHONPATH": str(folder), "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    environment |= database.environment() if database else {}
    stdin: int = subprocess.DEVNULL
    opened = []
    if answers:
        opened = [*os.openpty()]
        os.write(opened[0], answers.encode() + b"\x04")  # the end: one question more is an error, not a wait
        stdin = opened[1]
    try:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            env=environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    finally:
        for one in opened:
            os.close(one)
    return f"{done.stdout}exit {done.returncode}\n"


def migspec(folder: Path, *arguments: str, answers: str = "") -> str:
    return run(folder, "-m", "migspec.compiler.cli", *arguments, answers=answers)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose models have changed since its migrations were made."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(HERE / "before", folder, dirs_exist_ok=True)
    for app_label in APPS:
        (folder / app_label / "migrations").mkdir(parents=True)
        for name in ("__init__.py", "models.py", "migrations/__init__.py"):
            (folder / app_label / name).touch()
    (folder / "pyproject.toml").write_text('[tool.migspec]\nsettings = "settings"\n')
    assert run(folder, "-m", "django", "makemigrations", "-v0") == "exit 0\n"
    shutil.copytree(HERE / "after", folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def project(base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "project"))


@pytest.fixture(scope="module")
def written(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The project with its new specs, and what the command said."""
    folder = Path(shutil.copytree(base, tmp_path_factory.mktemp("written") / "project"))
    said = migspec(folder, "new", "--from-models", answers=ANSWERS)
    return folder, said + migspec(folder, "compile").splitlines()[-1] + "\n"


def specs(folder: Path) -> dict[str, Path]:
    return {path.parent.parent.name: path for path in sorted(folder.glob("*/migspecs/*"))}


def test_the_specs(written: tuple[Path, str], golden: Golden) -> None:
    folder, said = written
    golden(HERE / "terminal.txt", "\n".join(line.rstrip() for line in said.split("\n")))
    found = specs(folder)
    assert list(found) == ["crm", "ring", "shop"]
    for app_label, path in found.items():
        golden(HERE / f"{app_label}.yaml", path.read_text())


def test_they_do_what_makemigrations_would_do(written: tuple[Path, str], project: Path, golden: Golden) -> None:
    """But for what a spec does otherwise, which the golden file shows."""
    folder, _ = written
    assert run(folder, "-m", "django", "makemigrations", "--check") == "No changes detected\nexit 0\n"
    answers = ANSWERS.replace("1\ndatetime.date(", "1\n1\ndatetime.date(")  # Django asks about the unique default
    assert run(project, "-m", "django", "makemigrations", answers=answers).endswith("exit 0\n")
    theirs = run(project, "compare.py", *BEFORE).splitlines()
    ours = run(folder, "compare.py", *BEFORE).splitlines()
    first = [line for line in ours if line not in theirs], [line for line in theirs if line not in ours]
    golden(HERE / "otherwise.txt", "\n".join(["migspec:", *first[0], "", "makemigrations:", *first[1], ""]))


def test_toml_says_the_same(written: tuple[Path, str], project: Path) -> None:
    folder, _ = written
    assert "exit 0" in migspec(project, "new", "--from-models", "--toml", answers=ANSWERS)
    mine, theirs = specs(project), specs(folder)
    assert list(mine) == list(theirs)
    for app_label, path in mine.items():
        assert path.suffix == ".toml"
        assert read(path, path.name).data == read(theirs[app_label], "theirs.yaml").data


def test_without_a_terminal(project: Path, golden: Golden) -> None:
    said = migspec(project, "new", "--from-models")
    said += migspec(project, "new", "ring", "teams", "--from-models")
    said += migspec(project, "new", "ring", "--from-models")
    golden(HERE / "without_a_terminal.txt", said)
    assert [path.name for path in specs(project).values()] == ["teams.yaml"]


def test_one_after_another(project: Path, golden: Golden) -> None:
    """Specs that are not compiled yet count; an app without migrations begins them where it is named."""
    for app_label in ("ring", "rung"):
        shutil.rmtree(project / app_label / "migrations")
    models = project / "ring/models.py"
    text = models.read_text()
    captain = next(line for line in text.splitlines() if "captain" in line)
    models.write_text(text.replace(captain, "    pass"))
    said = migspec(project, "new", "ring", "--from-models") + migspec(project, "new", "rung", "--from-models")
    models.write_text(text.replace(captain, '    class Meta:\n        db_table = "teams"\n        ordering = ["id"]'))
    said += migspec(project, "new", "ring", "more", "--from-models")
    models.write_text(text.replace(captain, "    pass"))
    said += migspec(project, "new", "ring", "less", "--from-models", "--toml")
    for name in ("rung/migspecs/initial.yaml", "ring/migspecs/more.yaml", "ring/migspecs/less.toml"):
        said += f"--- {name}\n{(project / name).read_text()}"
    said += migspec(project, "compile") + migspec(project, "new", "ring", "--from-models")
    golden(HERE / "one_after_another.txt", said)


def test_quitting(project: Path) -> None:
    said = migspec(project, "new", "shop", "--from-models", answers="n\nn\nn\n2\n")
    assert said.endswith("Select an option: Nothing was written.\nexit 1\n")
    assert specs(project) == {}


def test_what_is_refused_is_left_to_the_author(project: Path, golden: Golden) -> None:
    """Where makemigrations would write what fails, the step is there with the complaint."""
    models = project / "crm/models.py"
    models.write_text(
        models.read_text()
        .replace("    name = models.CharField(max_length=80", "    name = models.CharField(unique=True, max_length=80")
        .replace('related_name="branches")', 'related_name="branches")\n    key = models.IntegerField(unique=True)')
    )
    said = migspec(
        project, "new", "crm", "keys", "--from-models", answers=ANSWERS.replace("1\n'web'", "1\n7\n1\n'web'")
    )
    golden(HERE / "refused.txt", said[said.index("crm/migspecs") :])


def test_rows(written: tuple[Path, str], database: databases.Database) -> None:
    folder, _ = written
    code = """
import django, json, sys
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    for statement in sys.argv[1:]:
        cursor.execute(statement)
    print(json.dumps(cursor.fetchall() if cursor.description else [], default=str))
"""

    def manage(*arguments: str) -> None:
        said = run(folder, "-m", "django", *arguments, "-v0", "--skip-checks", database=database)
        assert said == "exit 0\n", said

    manage("migrate", "shop", "0001_initial")
    insert = "INSERT INTO shop_product (name, price, code, color) VALUES ('{0}', 1.5, 'c', 'red')"
    run(folder, "-c", code, insert.format("pen"), insert.format("ink"), database=database)
    manage("migrate")
    select = "SELECT name, price, colour, status, token FROM shop_product ORDER BY name"
    said = run(folder, "-c", code, select, database=database)
    rows = json.loads(said.splitlines()[0])
    assert [[name, float(price), *rest] for name, price, *rest in (row[:4] for row in rows)] == [
        ["ink", 1.5, "red", "new"],
        ["pen", 1.5, "red", "new"],
    ]
    assert len({row[4] for row in rows}) == 2
