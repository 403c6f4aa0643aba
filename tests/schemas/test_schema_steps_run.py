"""Schema steps on real databases, forward and back: those of which Django's own operations are not the whole story."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

import databases
from harness import Runner
from harness.stepping import foreign, key, run
from migspec.schemas.changes import SchemaChange

THING = ModelState(
    "homes",
    "Thing",
    [
        ("id", key()),
        ("name", models.CharField(max_length=20)),
        ("note", models.CharField(max_length=20)),
        ("number", models.IntegerField(null=True)),
        ("size", models.IntegerField(null=True)),
    ],
    options={
        "indexes": [models.Index(fields=["-number", "name"], name="thing_number_idx")],
        "constraints": [models.UniqueConstraint(fields=["number", "size"], name="thing_once")],
    },
)
PART = ModelState("homes", "Part", [("id", key()), ("thing", foreign("homes.Thing", null=True))])

# What is done to the two models; no step may leave the state where a later change of the table fails.
STORIES = {
    "a renamed column of an index and a constraint": "- {rename_field: Thing.number, to: count}",
    "a two-phase drop": """
        - {remove_field: Thing.note, state_only: true}
        - {drop_column: Thing.note, field: {type: CharField, max_length: 20, default: ""}}
        """,
    "a two-phase drop of a join table": """
        - {add_field: Part.others, field: {type: ManyToManyField, to: Thing}}
        - {remove_field: Part.others, state_only: true}
        - {drop_column: Part.others, field: {type: ManyToManyField, to: Thing}}
        """,
    "a two-phase drop of a table": """
        - {delete_model: Part, state_only: true}
        - drop_table: Part
          fields: {thing: {type: ForeignKey, to: Thing, on_delete: CASCADE, nullable: true}}
        """,
    "a new model with an order": """
        - create_model: New
          fields: {thing: {type: ForeignKey, to: Thing, on_delete: CASCADE}, rank: {type: IntegerField}}
          options:
            unique_together: [[thing, rank]]
            indexes: [{fields: [rank], name: new_rank_idx}]
            constraints: [{type: CheckConstraint, condition: Q(rank__gte=0), name: new_rank}]
        - {alter_order_with_respect_to: New, order_with_respect_to: thing}
        - {alter_unique_together: New, unique_together: null}
        - remove_constraint: New.new_rank
        - {rename_field: New.rank, to: place}
        """,
    "a new primary key": """
        - {remove_index: Thing.thing_number_idx}
        - {delete_model: Part}
        - {add_field: Thing.code, field: {type: IntegerField, nullable: true}}
        - {operation: django.db.migrations.RemoveField, kwargs: {model_name: thing, name: id}}
        - {alter_field: Thing.code, field: {primary_key: true, nullable: false}}
        """,
}
# Its removal cannot be taken back on PostgreSQL with a column that is a key already: Django adds before it alters.
FORWARD_ONLY = {"a new primary key"}
VENDORS = ("sqlite", "postgresql", "mysql")


def as_operation(change: SchemaChange) -> Operation:
    match change.side:
        case "state":
            return migrations.SeparateDatabaseAndState(state_operations=[change.operation])
        case "database":
            return migrations.SeparateDatabaseAndState(database_operations=[change.operation])
    return change.operation


@pytest.mark.parametrize("story", STORIES)
def test_forward_and_back(story: str, database: databases.Database) -> None:
    before = ProjectState()
    for state in (THING, PART):
        before.add_model(state.clone())
    done = run(STORIES[story], before=before, vendors=VENDORS)
    operations: list[Operation] = [
        *(
            migrations.CreateModel(state.name, list(state.fields.items()), dict(state.options))
            for state in (THING, PART)
        ),
        *map(as_operation, done.changes),
        # Makes SQLite build the table anew from the state.
        migrations.AlterField("thing", "size", models.CharField(max_length=5, null=True)),
    ]
    states: list[Any] = [ProjectState()]
    with Runner(database) as runner:
        for operation in operations:
            following = states[-1].clone()
            operation.state_forwards("homes", following)
            with runner.connection.schema_editor(atomic=True) as editor:
                operation.database_forwards("homes", editor, states[-1], following)
            states.append(following)
        backwards = [] if story in FORWARD_ONLY else reversed(list(zip(operations, states, states[1:], strict=False)))
        for operation, old, new in backwards:
            with runner.connection.schema_editor(atomic=True) as editor:
                operation.database_backwards("homes", editor, new, old)
