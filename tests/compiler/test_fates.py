"""What becomes of tables and columns: renames keep them, the state alone does not change the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.state import ProjectState

from migspec.compiler.reversing.fates import Fates, trace
from migspec.schemas.changes import Effects, Kind, SchemaChange
from migspec.schemas.data.rows import ModelKey
from row_specs import HOME, homes


def follow(*operations: Any) -> Fates:
    """Trace operations of the app homes; a pair gives the side as well."""
    steps, state = [], homes()
    for given in operations:
        operation, side = given if isinstance(given, tuple) else (given, "both")
        change = SchemaChange(operation=operation, app_label="homes", kind=Kind.SCHEMA, effects=Effects(), side=side)
        steps.append((state, [change]))
        if side != "database":
            state = state.clone()
            operation.state_forwards("homes", state)
    return trace(steps, state)


def add(name: str) -> Any:
    return migrations.AddField("home", name, models.IntegerField(null=True))


def remove(name: str) -> Any:
    return migrations.RemoveField("home", name)


def test_columns() -> None:
    fates = follow(add("new"), remove("code"), add("tmp"), remove("tmp"))
    assert fates.column(0, HOME, "name") == "kept"
    assert fates.column(0, HOME, "code") == "dropped"
    assert fates.column(1, HOME, "new") == "fresh"
    assert fates.column(3, HOME, "tmp") == "transient"


def test_renames_keep_identity() -> None:
    villa = ModelKey("homes", "Villa")
    fates = follow(
        migrations.RenameField("home", "code", "number"),
        migrations.RenameModel("Home", "Villa"),
        migrations.RemoveField("villa", "number"),
    )
    assert fates.column(0, HOME, "code") == "dropped"
    assert fates.column(2, villa, "number") == "dropped"
    assert fates.number(0, HOME, "code") == fates.number(2, villa, "number")
    assert fates.life(2, villa).last == ("homes", "villa", "")
    assert fates.life(2, villa).first == ("homes", "home", "")


def test_removed_and_added_again_is_another_one() -> None:
    fates = follow(remove("code"), add("code"))
    assert fates.column(0, HOME, "code") == "dropped"
    assert fates.column(2, HOME, "code") == "fresh"


def test_tables() -> None:
    park = ModelKey("homes", "Park")
    fates = follow(
        migrations.CreateModel("Park", [("id", models.BigAutoField(primary_key=True))]),
        migrations.DeleteModel("HomeAddress"),
    )
    assert fates.model(1, park) == "fresh"
    assert fates.column(1, park, "id") == "fresh"
    assert fates.model(0, ModelKey("homes", "HomeAddress")) == "dropped"
    assert fates.column(0, ModelKey("homes", "HomeAddress"), "home") == "dropped"


def test_what_only_the_state_loses_stays() -> None:
    fates = follow((remove("code"), "state"))
    assert fates.column(0, HOME, "code") == "kept"
    assert fates.life(0, HOME, "code").last is None


def test_the_second_half_of_a_two_phase_drop() -> None:
    fates = follow((add("gone"), "state"), remove("gone"))
    assert fates.column(1, HOME, "gone") == "dropped"


def test_out_of_the_state_and_back() -> None:
    fates = follow((remove("code"), "state"), (add("code"), "state"))
    assert fates.number(0, HOME, "code") == fates.number(2, HOME, "code")
    assert fates.column(0, HOME, "code") == "kept"


@pytest.mark.parametrize("order", [1, -1])
def test_database_and_state_apart(order: int) -> None:
    fates = follow(*[(add("new"), "database"), (add("new"), "state")][::order])
    assert fates.column(2, HOME, "new") == "fresh"
    fates = follow(*[(remove("code"), "database"), (remove("code"), "state")][::order])
    assert fates.column(0, HOME, "code") == "dropped"


def test_separate_database_and_state() -> None:
    both = migrations.SeparateDatabaseAndState([add("new")], [add("new")])
    state = migrations.SeparateDatabaseAndState([], [remove("code"), migrations.RenameField("home", "name", "title")])
    fates = follow(both, state)
    assert fates.column(1, HOME, "new") == "fresh"
    assert fates.column(0, HOME, "code") == "kept"
    assert fates.number(0, HOME, "name") == fates.number(2, HOME, "title")


def test_a_model_that_moves_to_another_name_keeps_its_table() -> None:
    fields: list[tuple[str, Any]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("code", models.CharField(max_length=2)),
    ]
    create = migrations.CreateModel("Land", fields, options={"db_table": "homes_country"})
    fates = follow((migrations.DeleteModel("Country"), "state"), (create, "state"))
    country, land = ModelKey("homes", "Country"), ModelKey("homes", "Land")
    assert fates.number(0, country) == fates.number(2, land)
    assert fates.number(0, country, "code") == fates.number(2, land, "code")
    assert fates.model(0, country) == "kept"


def test_operations_of_a_project() -> None:
    class AddTwo(migrations.operations.base.Operation):
        def state_forwards(self, app_label: str, state: ProjectState) -> None:
            for name in ("one", "two"):
                state.add_field(app_label, "home", name, models.IntegerField(null=True), preserve_default=True)

    fates = follow(AddTwo(), remove("one"))
    assert fates.column(1, HOME, "one") == "transient"
    assert fates.column(1, HOME, "two") == "fresh"


def test_several_changes_in_one_step() -> None:
    state = homes()
    changes = [
        SchemaChange(operation=operation, app_label="homes", kind=Kind.SCHEMA, effects=Effects())
        for operation in (migrations.RenameField("home", "code", "number"), remove("number"), add("number"))
    ]
    after = state.clone()
    for change in changes:
        change.operation.state_forwards("homes", after)
    fates = trace([(state, changes)], after)
    assert [moment.step for moment in fates.moments] == [0, 0, 0]
    assert fates.column(0, HOME, "code") == fates.column(1, HOME, "number") == "dropped"
    assert fates.column(3, HOME, "number") == "fresh"


def test_nothing_changes() -> None:
    assert trace([], homes()).moments == ()
