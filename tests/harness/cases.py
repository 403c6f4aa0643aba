"""The golden cases: a spec, the migrations that it gives, and its own tests run on real rows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from harness.project import Project, copied_project
from harness.runner import Runner
from migspec.compiler.compile import MigrationFile, compile_specs
from migspec.compiler.config import Config
from migspec.compiler.place import entries
from migspec.compiler.specs import SpecFile, read_specs
from migspec.dsl.names import ModelName
from migspec.schemas.document import Spec
from migspec.schemas.tests_entry import SpecTest

CASES = Path(__file__).resolve().parent.parent / "cases"
VENDORS = ("mysql", "postgresql", "sqlite")

Tables = Mapping[ModelName, list[dict[str, Any]]]


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


def run_test(runner: Runner, spec: Spec, test: SpecTest, files: list[MigrationFile], error: type[Exception]) -> None:
    """Take the rows of one test forward, back and forward again, and hold them to what it expects."""
    before = entries(spec)
    last = {file.key[0]: file.key for file in files}
    runner.migrate(without=[file.key for file in files])  # the other apps as they are
    runner.insert(named(spec, test.given or {}))
    given = runner.snapshot()
    if test.expect_error is not None:
        with pytest.raises(error, match=re.escape(test.expect_error)):
            forward(runner, last)
        go_back(runner, files, before)
        assert runner.snapshot() == given, f"{test.name}: a change that was stopped left rows changed"
        return
    forward(runner, last)
    check(runner, spec, test.expect or {}, f"{test.name}: after the change")
    after = runner.snapshot()
    if is_irreversible(files):
        return
    go_back(runner, files, before)
    if test.expect_reversed == "same":
        assert runner.snapshot() == given, f"{test.name}: the rows did not come back"
    elif test.expect_reversed is not None:
        check(runner, spec, test.expect_reversed, f"{test.name}: after rolling back")
    forward(runner, last)
    if test.expect_reversed == "same":
        check(runner, spec, test.expect or {}, f"{test.name}: after the change, the second time")
    assert runner.snapshot().keys() == after.keys()


def is_irreversible(files: list[MigrationFile]) -> bool:
    import ast

    for file in files:
        for node in ast.walk(ast.parse(file.text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "migrations.RunPython" and len(node.args) == 1:
                return True
            is_sql = isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("migrations.RunSQL", "RunSQLOn"))
            if is_sql and not any(keyword.arg == "reverse_sql" for keyword in node.keywords):
                return True
    return False


def forward(runner: Runner, last: Mapping[str, tuple[str, str]]) -> None:
    for app_label, name in last.values():
        runner.migrate_to(app_label, name)


def go_back(runner: Runner, files: list[MigrationFile], before: list[tuple[str, str]]) -> None:
    places = dict(before)
    for app_label in dict.fromkeys(file.key[0] for file in reversed(files)):
        runner.migrate_to(app_label, places.get(app_label))


def named(spec: Spec, tables: Tables) -> dict[str, list[dict[str, Any]]]:
    return {full_name(spec, model): rows for model, rows in tables.items()}


def full_name(spec: Spec, model: ModelName) -> str:
    if model.setting:
        from django.conf import settings

        return str(getattr(settings, model.setting))
    return f"{model.app_label or spec.app}.{model.model}"


def check(runner: Runner, spec: Spec, tables: Tables, when: str) -> None:
    """Assert that each table has exactly the rows expected, in the columns that they name."""
    for model, expected in tables.items():
        name = full_name(spec, model)
        actual = runner.rows(name)
        fields = {field.attname: field for field in runner.model(name)._meta.concrete_fields}
        wanted = [{column: typed(fields[column], value) for column, value in row.items()} for row in expected]
        left = list(actual)
        for row in wanted:
            match = next((found for found in left if row.items() <= found.items()), None)
            assert match is not None, f"{when}: {name} has no row {row}, only {left}"
            left.remove(match)
        assert not left, f"{when}: {name} has rows that nobody expected: {left}"


def typed(field: models.Field[Any, Any], value: Any) -> Any:
    return field.to_python(value) if value is not None and not isinstance(field, models.JSONField) else value
