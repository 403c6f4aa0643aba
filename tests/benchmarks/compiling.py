"""Compiling against Django's own loading, formatting and checking: python tests/benchmarks/compiling.py"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from big_project import write_project, write_specs
from measure import ENVIRONMENT, HEADER, alternate, process, row

MIGSPEC = [sys.executable, "-m", "migspec.compiler.cli"]

LOAD = """
import django
django.setup()
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(None)
loader.project_state()
"""

# ast.unparse gives what black gets to see from the compiler: valid code in long lines.
FORMAT = """
import ast, pathlib, black
for path in sorted(pathlib.Path(".").glob("*/migrations/*_status*.py")):
    black.format_file_contents(ast.unparse(ast.parse(path.read_text())), fast=False, mode=black.Mode())
"""


def main() -> None:
    ENVIRONMENT["DJANGO_SETTINGS_MODULE"] = "settings"
    with tempfile.TemporaryDirectory() as name:
        rows = [*one_changed(Path(name) / "one"), *from_nothing(Path(name) / "many"), *offline(Path(name) / "offline")]
    print(HEADER)
    print("\n".join(rows))


def one_changed(folder: Path) -> list[str]:
    """One changed spec in a project of 100 models and 300 migrations."""
    apps = write_project(folder, models=100, migrations=300)
    [spec] = write_specs(folder, apps, 1, "0030_extra")
    text = spec.read_text()
    subprocess.run([*MIGSPEC, "compile"], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    count = iter(range(1000))

    def change() -> None:
        spec.write_text(text.replace("max_length: 10", f"max_length: {20 + next(count)}"))

    seconds = alternate(
        {
            "migspec": process([*MIGSPEC, "compile"], folder, change),
            # Exit 1: models.py does not have the spec's field, which is the work that makemigrations would find.
            "django": process(
                ["sh", "-c", f"{sys.executable} manage.py makemigrations --check --dry-run >/dev/null || true"], folder
            ),
        }
    )
    return [
        row(
            "compile one changed spec, 100 models, 300 migrations",
            seconds["migspec"],
            "makemigrations --check --dry-run",
            seconds["django"],
            "1.15",
        )
    ]


def from_nothing(folder: Path) -> list[str]:
    """200 specs, 600 files; then again with nothing changed."""
    apps = write_project(folder, models=100, migrations=300)
    write_specs(folder, apps, 200, "0030_extra")

    def clean() -> None:
        for path in folder.glob("*/migrations/*_status*.py"):
            path.unlink()

    compiling = process([*MIGSPEC, "compile"], folder, clean)
    # Every spec has an error to find, so that writing the findings counts too; exit 1 is that of a lint with errors.
    linting = process(["sh", "-c", f"{' '.join(MIGSPEC)} lint 2>/dev/null || true"], folder, clean)
    black = process([sys.executable, "-c", FORMAT], folder)
    seconds = alternate({"lint": linting, "compile": compiling, "black": black}, runs=3)
    again = alternate(
        {
            "again": process([*MIGSPEC, "compile"], folder),
            "load": process([sys.executable, "-c", LOAD], folder),
        }
    )
    return [
        row(
            "compile 200 specs from nothing",
            seconds["compile"],
            "black alone on the 600 files",
            seconds["black"],
            "2.00",
        ),
        row("lint 200 specs", seconds["lint"], "compile them from nothing", seconds["compile"], "0.30"),
        row("compile again, nothing changed", again["again"], "loading the project", again["load"], "1.50"),
    ]


def offline(folder: Path) -> list[str]:
    """validate --offline of 1,000 specs against check-jsonschema, and of 100."""
    apps = [f"app{number:03}" for number in range(10)]
    for app in apps:
        (folder / app).mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.migspec]\n")
    paths = write_specs(folder, apps, 1000, "0030_extra")
    schema = folder / "schema.json"
    with schema.open("w") as file:
        subprocess.run([*MIGSPEC, "json-schema"], stdout=file, env=ENVIRONMENT, check=True)
    few = folder.parent / "few"
    for path in paths[:100]:
        target = few / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (few / "pyproject.toml").write_text("[tool.migspec]\n")
    checker = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), *map(str, paths)]
    sides = {"migspec": process([*MIGSPEC, "validate", "--offline"], folder)}
    seconds = alternate({**sides, "few": process([*MIGSPEC, "validate", "--offline"], few)})
    start = time.perf_counter()
    subprocess.run(checker, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    once = time.perf_counter() - start
    compared = alternate({**sides, "checker": process(checker, folder)}, runs=1 if once > 30 else 7)
    return [
        row("validate --offline, 1,000 specs", compared["migspec"], "check-jsonschema", compared["checker"], "0.25"),
        row("validate --offline, 1,000 specs", seconds["migspec"], "100 specs", seconds["few"], "10.00"),
    ]


if __name__ == "__main__":
    main()
