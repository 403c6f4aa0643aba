"""The golden cases: a spec, the migrations that it gives, and its own tests run on real rows."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.project import Project, copied_project
from harness.runner import Runner
from harness.scratches import Scratches
from migspec.compiler.compile import MigrationFile, compile_specs, plan_specs
from migspec.compiler.config import Config
from migspec.compiler.specs import SpecFile, read_specs
from migspec.compiler.verify.generate.generation import NAME, Generation
from migspec.compiler.verify.result import Result
from migspec.compiler.verify.run import batches_of
from migspec.compiler.verify.servers import Server

CASES = Path(__file__).resolve().parent.parent / "cases"
VENDORS = ("mysql", "postgresql", "sqlite")


def all_cases() -> list[Path]:
    return sorted([*CASES.glob("*/*.yaml"), *CASES.glob("*/*.toml")])


@contextmanager
def placed(
    spec: Path, folder: Path, text: str | None = None, suffix: str = ""
) -> Iterator[tuple[Project, SpecFile, Config]]:
    """Put a spec where it belongs in a copy of the test project, and read it there."""
    app = next(line for line in spec.read_text().splitlines() if line.startswith("app")).split()[-1].strip("\"'")
    with copied_project(folder) as project:
        target = project.root / app / "migspecs" / (spec.stem + (suffix or spec.suffix))
        target.parent.mkdir(exist_ok=True)
        if text is None:
            shutil.copy(spec, target)
        else:
            target.write_text(text, encoding="utf-8")
        config = Config(root=project.root, databases=VENDORS)
        [read] = read_specs([target], project.root)
        yield project, read, config


def compiled(spec: SpecFile, config: Config) -> list[MigrationFile]:
    return list(compile_specs([spec], config).files)


def texts(files: list[MigrationFile]) -> dict[str, str]:
    """Give the files' texts by path, as in library/migrations/0002_x.py."""
    return {f"{file.key[0]}/migrations/{file.key[1]}.py": file.text for file in files}


# --- running ---


def verified(
    spec: SpecFile,
    number: int,
    server: Server,
    scratches: Scratches,
    config: Config,
    generation: Generation | None = None,
) -> list[Result]:
    """Run one test of a spec as `migspec verify` does, and what is generated.

    It is cut off before each write on SQLite only, which is quick; tests/faults kills processes on every database.
    """
    outcome = plan_specs([spec], config)
    names = [re.escape(test.name) for test in spec.spec.tests[number : number + 1]]
    chosen = f"^({'|'.join([*names, NAME])})$"
    batches = batches_of(outcome, frozenset(VENDORS), [server], chosen, generation)
    cut_off = server.is_sqlite and not own_rows_only()
    return [result for batch in batches for result in scratches.run(batch, outcome, cut_off=cut_off)]


def own_rows_only() -> bool:
    """Whether cases run with the rows of their tests alone, and to the end: on another Django that is enough."""
    return os.environ.get("MIGSPEC_TEST_OWN_ROWS") == "1"


def is_irreversible(files: list[MigrationFile]) -> bool:
    import ast

    for file in files:
        for node in ast.walk(ast.parse(file.text)):
            is_python = isinstance(node, ast.Call) and ast.unparse(node.func) == "migrations.RunPython"
            if is_python and len(node.args) < 2 and not any(keyword.arg == "reverse_code" for keyword in node.keywords):
                return True
            is_sql = isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("migrations.RunSQL", "RunSQLOn"))
            if is_sql and not any(keyword.arg == "reverse_sql" for keyword in node.keywords):
                return True
    return False


def go_back(runner: Runner, files: list[MigrationFile], before: list[tuple[str, str]]) -> None:
    places = dict(before)
    for app_label in dict.fromkeys(file.key[0] for file in reversed(files)):
        runner.migrate_to(app_label, places.get(app_label))
