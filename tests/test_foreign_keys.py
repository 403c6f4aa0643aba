"""A step that would leave a foreign key that points nowhere is stopped at its range, on SQLite as on the others.

SQLite does not look while a migration runs, and afterwards it is too late: ranges are committed, and the migration is
recorded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

import databases
from harness import Runner
from harness.compiling import workshop

INITIAL = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "City",
            [("id", models.BigAutoField(primary_key=True)), ("code", models.CharField(max_length=9, unique=True)),
             ("n", models.IntegerField(default=0))],
        ),
        migrations.CreateModel(
            "Home",
            [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField(default=0)),
             ("city", models.ForeignKey("homes.City", models.DO_NOTHING, null=True)),
             ("by_code", models.ForeignKey("homes.City", models.CASCADE, to_field="code", null=True,
                                           related_name="by_code"))],
        ),
    ]
"""
ROWS = {
    "homes.City": [{"id": id, "code": f"c{id}", "n": id} for id in (1, 2, 3, 4, 5)],
    "homes.Home": [{"id": 1, "n": 1}, {"id": 2, "n": 77, "city_id": 4}, {"id": 3, "n": 2, "by_code_id": "c3"}],
}
# Each with the model and column that it writes and what the first range, which is good, leaves there.
STORIES = {
    "a literal": ("update_rows: Home, set: {city_id: 88}, where: {n: 77}", "Home.city_id", [None, 4, None]),
    "another column": ("update_rows: Home, set: {city_id: {field: n}}", "Home.city_id", [1, 4, None]),
    "a map": ("update_rows: Home, set: {city_id: {map: {1: 1, 77: 88, 2: 2}, field: n}}", "Home.city_id", [1, 4, None]),
    "an expression": ("""update_rows: Home, set: {city_id: {expr: "F('n') + 1"}}""", "Home.city_id", [2, 4, None]),
    "a source row": (
        "update_rows: Home, source: Home, match: {id: id}, set: {by_code_id: {map: {1: c1, 77: no, 2: c2}, source: n}}",
        "Home.by_code_id",
        ["c1", None, "c3"],
    ),
    "new rows": (
        "copy_rows: Home, into: Home, set: {city_id: {source: n}, n: 9}, where: {n: 77}",
        "Home.city_id",
        [None, 4, None],
    ),
    "new rows by key": (
        "copy_rows: City, into: Home, key: id, copy: [id], where: {n: 5}, set: {city_id: {map: {5: 88}, field: n}}",
        "Home.city_id",
        [None, 4, None],
    ),
    "rows of the spec": (
        "insert_rows: Home, rows: [{id: 4, city_id: 1}, {id: 5, city_id: 88}]",
        "Home.city_id",
        [None, 4, None],
    ),
    "rows that nothing follows": ("delete_rows: City, where: {n__in: [1, 4]}", "City.id", [2, 3, 4, 5]),
    "rows that go before": ("delete_rows: City, where: {n__in: [3, 4]}, emit: sql", "Home.id", [1, 2, 3]),
    "a column that others hold": (
        "update_rows: City, set: {code: {map: {c1: x1, c3: x3}, field: code, unmatched: keep}}, duplicates: error",
        "City.code",
        ["x1", "c2", "c3", "c4", "c5"],
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_key_that_points_nowhere(name: str, database: databases.Database, tmp_path: Path) -> None:
    step, path, left = STORIES[name]
    ranged = "" if step.startswith("insert_rows") or "emit" in step else ", batch: {size: 1}"
    with workshop(tmp_path, {"homes": {"0001_initial": INITIAL}}, base=False) as made:
        made.spec(
            "homes/wrong", f"after: 0001_initial\nsteps:\n  - {{{step}{ranged}, reverse: {{irreversible: a test}}}}\n"
        )
        made.compile()
        with Runner(database, project=made.project, alias="writing") as run:
            run.migrate_to("homes", "0001_initial")
            run.insert(ROWS)
            with pytest.raises(IntegrityError):
                run.migrate_to("homes", "0002_wrong_data")
        with Runner(database, project=made.project, alias="reading") as run:
            assert run.applied("homes") == ["0001_initial"]
            assert column(run, path) == left


def column(run: Runner, path: str) -> list[Any]:
    model, _, name = path.partition(".")
    return [row[name] for row in run.rows(f"homes.{model}", name)]
