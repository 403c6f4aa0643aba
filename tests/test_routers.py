"""A project with two databases and a router: each table is in one of them, and so are the rows that specs write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import override_settings

import databases
from harness import Runner
from harness.compiling import workshop

INITIAL = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Home",
            [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20)),
             ("rooms", models.IntegerField(default=1))],
        ),
        migrations.CreateModel(
            "Visit",
            [("id", models.BigAutoField(primary_key=True)), ("home_id", models.BigIntegerField()),
             ("days", models.IntegerField())],
        ),
    ]
"""

SPEC = """
after: 0001_initial
steps:
  - create_model: Stay
    fields: {id: {type: BigAutoField, primary_key: true}, days: {type: IntegerField}}
  - {add_field: Home.kind, field: {type: CharField, max_length: 10, nullable: true}}

  - {update_rows: Home, set: {kind: {map: {1: small, 2: large}, field: rooms}}, batch: {size: 1}}
  - update_rows: Visit
    set: {days: {expr: "F('days') + 24"}}
    emit: EMIT
  - {copy_rows: Visit, into: Stay, copy: [id, days], key: id, emit: EMIT}
  - delete_rows: Visit
    where: {home_id: 2}
    reverse: [{insert_rows: Visit, rows: [{id: 2, home_id: 2, days: 26}]}]
    emit: EMIT
  - {insert_rows: Home, key: name, rows: [{id: 3, name: Cabin, rooms: 2, kind: large}], emit: EMIT}
  - insert_rows: Visit
    description: The author's hints take the place of the model's name; the function asks for itself.
    rows: [{id: 9, home_id: 9, days: 9}]
    hints: {only_in: one}
  - run_python: |
      Home = apps.get_model("homes", "Home")
      Home._base_manager.using(schema_editor.connection.alias).filter(name="Cabin").update(rooms=5)
    uses: [Home]
    hints: {model_name: home}
    reverse: |
      Home = apps.get_model("homes", "Home")
      Home._base_manager.using(schema_editor.connection.alias).filter(name="Cabin").update(rooms=2)
"""

ROWS = {
    "one": {"homes.Home": [{"id": 1, "name": "a", "rooms": 1}, {"id": 2, "name": "b", "rooms": 2}]},
    "two": {"homes.Visit": [{"id": 1, "home_id": 1, "days": 1}, {"id": 2, "home_id": 2, "days": 2}]},
}
THERE = {
    "one": {
        "homes.Home": [
            {"id": 1, "name": "a", "rooms": 1, "kind": "small"},
            {"id": 2, "name": "b", "rooms": 2, "kind": "large"},
            {"id": 3, "name": "Cabin", "rooms": 5, "kind": "large"},
        ]
    },
    "two": {
        "homes.Visit": [{"id": 1, "home_id": 1, "days": 25}],
        "homes.Stay": [{"id": 1, "days": 25}, {"id": 2, "days": 26}],
    },
}


class ByModel:
    """Homes are in one database, visits and stays in the other; a hint has its way before that."""

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if app_label != "homes":
            return False
        if model_name is None:
            return hints.get("only_in", db) == db
        return db == ("one" if model_name == "home" else "two")


@pytest.fixture(params=[("sqlite", "sqlite"), ("postgresql", "mysql"), ("mysql", "postgresql")], ids="+".join)
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, databases.Database]]:
    with ExitStack() as stack:
        try:
            yield {
                alias: stack.enter_context(databases.fresh(vendor, tmp_path))
                for alias, vendor in zip(("one", "two"), request.param, strict=True)
            }
        except databases.Unavailable as reason:
            if databases.required():
                raise
            pytest.skip(str(reason))


@pytest.mark.parametrize("emit", ["python", "sql"])
def test_rows_are_written_where_the_router_has_their_tables(
    two: dict[str, databases.Database], emit: str, tmp_path: Path
) -> None:
    migrations = {"homes": {"0001_initial": INITIAL}}
    with workshop(tmp_path, migrations, base=False) as made, override_settings(DATABASE_ROUTERS=[ByModel()]):
        made.spec("homes/split", SPEC.replace("EMIT", emit))
        made.compile()
        last = max(made.generated()).removeprefix("homes/migrations/").removesuffix(".py")
        for alias, database in two.items():
            with Runner(database, project=made.project, alias=alias) as run:
                run.migrate_to("homes", "0001_initial")
                run.insert(ROWS[alias])
                for _ in range(2):
                    run.migrate_to("homes", last)
                    assert present(run) == THERE[alias]
                    run.migrate_to("homes", "0001_initial")
                    assert present(run) == ROWS[alias]


@pytest.mark.parametrize(
    "step",
    [
        "{copy_rows: Visit, into: Home, set: {name: {expr: \"Value('x')\"}, rooms: {field: days}}, reverse: {noop: x}}",
        "{update_rows: Home, source: Visit, match: {id: id}, set: {rooms: {source: days}}, keep_old: true}",
    ],
    ids=["copy_rows", "update_rows"],
)
def test_rows_do_not_go_from_one_database_to_another(
    two: dict[str, databases.Database], step: str, tmp_path: Path
) -> None:
    migrations = {"homes": {"0001_initial": INITIAL}}
    with workshop(tmp_path, migrations, base=False) as made, override_settings(DATABASE_ROUTERS=[ByModel()]):
        made.spec("homes/split", f"after: 0001_initial\nsteps:\n  - {step}\n")
        made.compile()
        last = max(made.generated()).removeprefix("homes/migrations/").removesuffix(".py")
        for alias, database in two.items():
            with Runner(database, project=made.project, alias=alias) as run:
                run.migrate_to("homes", "0001_initial")
                run.insert(ROWS[alias])
                if alias == "one":
                    with pytest.raises(ValueError, match=r"split\.yaml:5: Visit is not in the database of Home"):
                        run.migrate_to("homes", last)
                else:
                    run.migrate_to("homes", last)
                assert present(run) == ROWS[alias]


def test_sql_that_reads_another_database_writes_nothing(two: dict[str, databases.Database], tmp_path: Path) -> None:
    """RunSQL asks the router for what it writes alone; what it reads is a table that is not there."""
    step = "{copy_rows: Visit, into: Home, set: {name: x, rooms: {field: days}}, emit: sql, reverse: {noop: x}}"
    migrations = {"homes": {"0001_initial": INITIAL}}
    with workshop(tmp_path, migrations, base=False) as made, override_settings(DATABASE_ROUTERS=[ByModel()]):
        made.spec("homes/split", f"after: 0001_initial\nsteps:\n  - {step}\n")
        made.compile()
        last = max(made.generated()).removeprefix("homes/migrations/").removesuffix(".py")
        with Runner(two["one"], project=made.project, alias="one") as run:
            run.migrate_to("homes", "0001_initial")
            run.insert(ROWS["one"])
            with pytest.raises(DatabaseError, match="homes_visit"):
                run.migrate_to("homes", last)
            assert present(run) == ROWS["one"]


def present(run: Runner) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of the tables that are in this database."""
    tables = run.tables()
    models = run.apps.get_app_config("homes").get_models()
    return {model._meta.label: run.rows(model._meta.label) for model in models if model._meta.db_table in tables}
