"""Killed between a migration's last commit and its record, in either direction: the rows are those of one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder

import databases
from harness import cases
from harness.runner import Interrupted, Runner
from migspec.compiler.compile import MigrationFile

# Steps that must not run twice, the kinds of statement, and steps that may beside them.
STORIES = (
    "update_rows/arithmetic",
    "update_rows/swap_columns",
    "update_rows/backfill_then_drop",
    "copy_rows/with_a_condition_and_constants",
    "insert_rows/update_existing",
    "emit_sql/arithmetic",
    "keep_old/insert_into_kept_tables",
    "keep_old/delete_with_what_hangs_on_it",
)


class Killed(MigrationRecorder):
    """What the executor records with, never to come back."""

    def record_applied(self, app: str, name: str) -> None:
        raise Interrupted

    def record_unapplied(self, app: str, name: str) -> None:
        raise Interrupted


def killed_before_recording(runner: Runner, target: tuple[str, str], patch: pytest.MonkeyPatch) -> None:
    with patch.context() as inside:
        inside.setattr("django.db.migrations.executor.MigrationRecorder", Killed)
        with pytest.raises(Interrupted):
            runner.migrate_to(*target)
    runner.connection.close()


def is_data(file: MigrationFile) -> bool:
    return "_data" in file.key[1]


def rows(runner: Runner) -> dict[str, list[str]]:
    """Give the rows without the keys that the database gives, which go on from run to run."""
    return {
        label: sorted(repr({name: value for name, value in row.items() if name != "id"}) for row in found)
        for label, found in runner.snapshot().items()
    }


@pytest.mark.parametrize("name", STORIES)
def test_the_rows_are_those_of_one_run(
    name: str, database: databases.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cases.placed(cases.CASES / f"{name}.yaml", tmp_path) as (project, spec, config):
        test, *_ = spec.spec.tests or []
        files = cases.compiled(spec, config)
        for file in files:
            project.write(f"{file.key[0]}/migrations/{file.key[1]}.py", file.text)
        forward = [(file.key, file) for file in files]
        places: list[Any] = [*spec.after, *(file.key for file in files)]
        back = list(zip(reversed(places[:-1]), reversed(files), strict=True))
        with Runner(database, project=project) as runner:
            runner.migrate(without=[file.key for file in files])
            runner.insert(
                {f"{model.app_label or spec.spec.app}.{model.model}": rows for model, rows in test.given.items()}
            )
            ends: list[dict[str, list[str]]] = []
            for way in (forward, back) * 2:  # what the first way back could not restore stays as it is then
                for target, _ in way:
                    runner.migrate_to(*target)
                ends = [*ends[-1:], rows(runner)]
            assert ends[0] != ends[1]
            for way, end in zip((forward, back), ends, strict=True):
                for target, file in way:
                    if is_data(file):  # of schema files Django itself says what a kill leaves
                        killed_before_recording(runner, target, monkeypatch)
                    runner.migrate_to(*target)
                assert rows(runner) == end
