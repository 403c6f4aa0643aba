"""What schema steps refuse, with the code and what the complaint names."""

# ruff: noqa: E501 (a row of a table is one line)

from __future__ import annotations

import django
import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models

from harness.stepping import FRESH_KEY, refused, run, state
from migspec.schemas.changes import Kind

CLEANUP, SCHEMA, CONCURRENT, DATA = Kind.CLEANUP, Kind.SCHEMA, Kind.CONCURRENT, Kind.DATA


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{create_model: home, fields: {}}", "E305", "homes.Home"),
        ("{create_model: nowhere.New, fields: {}}", "E301", "nowhere"),
        ("{create_model: New, fields: {a__b: {type: TextField}}}", "E314", "two underscores"),
        ("{create_model: New, fields: {a_: {type: TextField}}}", "E314", "ends with an underscore"),
        ("{create_model: New, fields: {pk: {type: TextField}}}", "E314", "'pk' means"),
        ("{create_model: New, fields: {id: {type: IntegerField}}}", "E314", "not its primary key"),
        (
            "{create_model: New, fields: {a: {type: IntegerField, primary_key: true}, b: {type: IntegerField, primary_key: true}}}",
            "E314",
            "a and b",
        ),
        (
            "{create_model: New, fields: {key: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField}}}",
            "E314",
            "named 'pk'",
        ),
        (
            "{create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, c]}, a: {type: IntegerField}, b: {type: IntegerField}}}",
            "E303",
            "'c'",
        ),
        (
            "{create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField, nullable: true}}}",
            "E314",
            "may be NULL",
        ),
        ("{create_model: New, fields: {pair: {type: ForeignKey, to: Pair, on_delete: CASCADE}}}", "E314", "composite"),
        (
            "{create_model: New, fields: {home: {type: ForeignKey, to: Home, on_delete: CASCADE}, home_id: {type: IntegerField}}}",
            "E305",
            "home_id",
        ),
        ("{create_model: New, fields: {}, options: {db_table: homes_lone}}", "E305", "homes.Lone"),
        ("{create_model: New, fields: {}, bases: [Nobody]}", "E309", "Nobody"),
        ("{create_model: New, fields: {}, bases: [django.contrib.auth.models.AbstractBaseUser]}", "E314", "abstract"),
        ("{create_model: New, fields: {name: {type: TextField}}, bases: [Lone]}", "E305", "'name'"),
        ("{create_model: New, fields: {a: {type: TextField}}, bases: [Lone], options: {proxy: true}}", "E314", "proxy"),
        ("{create_model: New, fields: {a: {type: TextField}}, options: {unique_together: [[a, b]]}}", "E303", "'b'"),
        ("{create_model: New, fields: {a: {type: TextField}}, options: {order_with_respect_to: b}}", "E303", "'b'"),
    ],
)
def test_create_model_refuses(step: str, code: str, said: str) -> None:
    assert said in refused(f"- {step}", code).message


def test_the_fields_of_postgresql_are_for_postgresql() -> None:
    step = "{{create_model: New, fields: {{a: {{type: ArrayField, base_field: {{type: IntegerField}}}}}}{0}}}"
    refused(f"- {step.format('')}", "E310", vendors=("postgresql", "sqlite"))
    assert run(f"- {step.format(', only: postgresql')}", vendors=("postgresql", "sqlite")).only.only == "postgresql"
    assert isinstance(run(f"- {step.format('')}").state.models[FRESH_KEY].fields["a"], ArrayField)


def test_drop_table_of_a_model_that_is_there() -> None:
    assert "delete_model: Lone" in refused("- {drop_table: Lone, fields: {}}", "E305").hint


def test_drop_column_of_a_field_that_is_there() -> None:
    assert "remove_field: Lone.name" in refused("- {drop_column: Lone.name, field: {type: TextField}}", "E305").hint


# --- fields ---


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{add_field: Nothing.x, field: {type: TextField, nullable: true}}", "E302", "Nothing"),
        ("{add_field: Lone.name, field: {type: TextField, nullable: true}}", "E305", "'name'"),
        ("{add_field: Home.pool, field: {type: TextField, nullable: true}}", "E305", "Villa has a field 'pool'"),
        ("{add_field: Villa.name, field: {type: TextField, nullable: true}}", "E305", "'name'"),
        ("{add_field: Lone.x, field: {type: IntegerField, nullable: true, db_column: name}}", "E305", "'name' is the column"),
        ("{add_field: Lone.x, field: {type: IntegerField}}", "E312", "NOT NULL"),
        ("{add_field: Lone.x, field: {type: UUIDField, unique: true, default: {expr: uuid.uuid4}}}", "E313", "unique"),
        ("{add_field: Lone.x, field: {type: IntegerField, primary_key: true, default: 1}}", "E314", "'id'"),
        ("{add_field: Lone.pk, field: {type: CompositePrimaryKey, field_names: [id, name]}}", "E314", "composite"),
        ("{add_field: Lone.x, field: {type: ForeignKey, to: Pair, on_delete: CASCADE, nullable: true}}", "E314", "composite"),
        ("{alter_field: Lone.nam, field: {max_length: 5}}", "E303", "'nam'"),
        ("{alter_field: Villa.name, field: {max_length: 5}}", "E303", "inherits"),
        ("{alter_field: Room.home_id, field: {nullable: true}}", "E306", "'home'"),
        ("{alter_field: Home.tags, field: {type: IntegerField, nullable: true}}", "E314", "many-to-many"),
        ("{alter_field: Home.rooms, field: {type: ManyToManyField, to: Tag}}", "E314", "many-to-many"),
        ("{alter_field: Home.tags, field: {through: Room}}", "E314", "through"),
        ("{alter_field: Room.twice, field: {expression: F('width') * 3}}", "E314", "generated"),
        ("{alter_field: Home.code, field: {unique: false}}", "E314", "homes.Room.home"),
        ("{alter_field: Pair.pk, field: {type: IntegerField}}", "E314", "composite"),
        ("{alter_field: Lone.number, field: {primary_key: true}}", "E314", "'id'"),
        ("{alter_field: Home.id, field: {type: IntegerField}}", "E314", "keeps its key"),
        ("{remove_field: Lone.id}", "E314", "primary key"),
        ("{remove_field: Pair.left}", "E314", "composite"),
        ("{remove_field: Home.rooms}", "E314", "home_rooms_idx' and the constraint 'home_has_rooms'"),
        ("{remove_field: Home.area}", "E314", "home_big_idx"),
        ("{remove_field: Home.city}", "E314", "unique_together"),
        ("{remove_field: Home.code}", "E314", "homes.Room.home (to_field)"),
        ("{remove_field: Room.home}", "E314", "order_with_respect_to"),
        ("{remove_field: Room.width}", "E314", "generated field 'twice'"),
        ("{rename_field: Lone.name, to: number}", "E305", "'number'"),
        ("{rename_field: Lone.name, to: na__me}", "E314", "two underscores"),
        ("{rename_field: Lone.name, to: Lone.title}", "E206", "Lone.title"),
        ("{rename_field: Home.area, to: size}", "E314", "home_big_idx"),
        ("{rename_field: Home.rooms, to: size}", "E314", "home_has_rooms"),
        ("{rename_field: Room.home, to: house}", "E314", "order_with_respect_to"),
        ("{rename_field: Room.width, to: breadth}", "E314", "twice"),
        ("{rename_field: Pair.pk, to: key}", "E314", "composite"),
    ],
)  # fmt: skip
def test_fields_refused(step: str, code: str, said: str) -> None:
    found = refused(f"- {step}", code)
    assert said in found.message + found.hint


def test_foreign_key_in_an_index_cannot_be_renamed_on_sqlite() -> None:
    before = state()
    room = before.models["homes", "room"]
    room.options = {"indexes": [models.Index(fields=["home"], name="room_home_idx")], "constraints": []}
    assert len(run("- {rename_field: Room.home, to: house}", before=before).changes) == 3
    assert (
        "room_home_idx"
        in refused("- {rename_field: Room.home, to: house}", "E314", before=before, vendors=("sqlite",)).message
    )


# --- models ---


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{delete_model: Nothing}", "E302", "Nothing"),
        ("{delete_model: Tag}", "E314", "homes.Home.tags"),
        ("{delete_model: Home}", "E314", "homes.Villa (inherits from it)"),
        ("{delete_model: Outside}", "E314", "homes.Shown"),
        ("{rename_model: Lone, to: Tag}", "E305", "homes.Tag"),
        ("{rename_model: Lone, to: lone}", "E314", "one name"),
        ("{rename_model: Lone, to: homes.Single}", "E206", "homes.Single"),
        ("{rename_model: Home, to: House}", "E314", "Villa"),
        ("{alter_model_table: Lone, table: homes_tag}", "E305", "homes.Tag"),
        ("{alter_unique_together: Lone, unique_together: [[name, size]]}", "E303", "'size'"),
        ("{alter_unique_together: Home, unique_together: [[name, tags]]}", "E314", "many-to-many"),
        ("{alter_order_with_respect_to: Room, order_with_respect_to: homes}", "E303", "homes"),
        ("{alter_order_with_respect_to: Room, order_with_respect_to: width}", "E314", "not a foreign key"),
        ("{alter_model_options: Lone, options: {db_table: x}}", "E202", "db_table"),
        ("{alter_model_options: Lone, options: {ordering: [nam]}}", "E303", "nam"),
        ("{alter_model_options: Lone, options: {ordering: [name]}, database_only: true}", "E314", "database"),
        ("{delete_model: Lone, state_only: true, database_only: true}", "E208", "exclude"),
    ],
)
def test_models_refused(step: str, code: str, said: str) -> None:
    assert said in refused(f"- {step}", code).message


def test_hints_name_the_steps_to_add() -> None:
    hint = refused("- delete_model: Home", "E314").hint
    assert hint.splitlines() == [
        "add before this step:",
        "- remove_field: Room.home",
        "- delete_model: Villa",
    ]


# --- indexes and constraints ---


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{rename_index: Home.home_room_idx, to: x}", "E304", "home_room_idx"),
        ("{rename_index: Home.home_has_rooms, to: x}", "E304", "home_has_rooms"),
        ("{rename_index: Home.home_rooms_idx, to: home_big_idx}", "E305", "home_big_idx"),
        ("{rename_index: Home.home_rooms_idx, to: home_rooms_idx}", "E314", "already"),
        ("{rename_index: Home, to: x}", "E206", "which index"),
        ("{rename_index: Home.home_rooms_idx, to: x, old_fields: [rooms]}", "E208", "old_fields"),
        ("{rename_index: Home, to: x, old_fields: [rooms]}", "E304", "index_together"),
        ("{remove_index: Home.home_room_idx}", "E304", "home_room_idx"),
        ("{remove_constraint: Home.home_rooms_idx}", "E304", "home_rooms_idx"),
        ("{validate_constraint: Home.home_name_code}", "E314", "UniqueConstraint"),
        ("{validate_constraint: Home.home_has_rooms, state_only: true}", "E314", "state"),
        ("{add_index: Lone, index: {fields: [nam], name: x}}", "E303", "nam"),
        ("{add_index: Lone, index: {fields: [name], name: home_rooms_idx}}", "E305", "homes.Home"),
        ("{add_index: Villa, index: {fields: [rooms], name: x}}", "E314", "homes.Home"),
        ("{add_index: Home, index: {fields: [tags], name: x}}", "E314", "many-to-many"),
        ("{add_index: Lone, index: {fields: [pk], name: x}}", "E314", "'pk'"),
        ("{add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [nam], name: x}}", "E303", "nam"),
        (
            "{add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [name], name: x}, not_valid: true}",
            "E314",
            "not_valid",
        ),
        (
            "{alter_constraint: Home.home_name_code, constraint: {type: UniqueConstraint, fields: [name], name: home_name_code}}",
            "E314",
            "nothing in the database",
        ),
    ],
)
def test_elements_refused(step: str, code: str, said: str) -> None:
    assert said in refused(f"- {step}", code).message


def test_hint_for_a_constraint_taken_for_an_index() -> None:
    assert "remove_constraint: Home.home_has_rooms" in refused("- remove_index: Home.home_has_rooms", "E304").hint


# --- databases ---

POSTGRESQL_ONLY = [
    "add_index: Lone, index: {fields: [name], name: x}, concurrently: true",
    "add_index: Lone, index: {type: GinIndex, fields: [name], name: x}",
    "remove_index: Home.home_rooms_idx, concurrently: true",
    "add_constraint: Lone, constraint: {type: CheckConstraint, condition: Q(number__gt=0), name: x}, not_valid: true",
    "validate_constraint: Home.home_has_rooms",
    "create_extension: hstore",
    "create_collation: x, locale: C",
    "remove_collation: x, locale: C",
    "operation: django.contrib.postgres.operations.HStoreExtension",
    "add_field: Lone.x, field: {type: ArrayField, base_field: {type: IntegerField}, nullable: true}",
    "drop_column: Lone.x, field: {type: ArrayField, base_field: {type: IntegerField}, nullable: true}",
    "alter_field: Lone.name, field: {type: SearchVectorField, nullable: true}",
]


@pytest.mark.parametrize("step", POSTGRESQL_ONLY)
def test_postgresql_only(step: str) -> None:
    assert "add 'only: postgresql'" in refused(f"- {{{step}}}", "E310", vendors=("mysql", "postgresql")).hint
    refused(f"- {{{step}, only: sqlite}}", "E310", vendors=("postgresql",))
    assert {
        change.only for change in run(f"- {{{step}, only: postgresql}}", vendors=("mysql", "postgresql")).changes
    } == {"postgresql"}
    run(f"- {{{step}}}", vendors=("postgresql",))


@pytest.mark.parametrize(
    "step",
    [
        "add_index: Lone, index: {fields: [name], name: x}",
        "add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [name], name: x}",
        "add_field: Lone.x, field: {type: IntegerField, nullable: true}",
        "alter_field: Lone.name, field: {nullable: true}",
        "remove_field: Lone.name",
        "remove_index: Home.home_rooms_idx",
        "alter_unique_together: Lone, unique_together: [[name]]",
    ],
)
def test_database_only_is_lost_on_sqlite(step: str) -> None:
    refused(f"- {{{step}, database_only: true}}", "E310", vendors=("postgresql", "sqlite"))
    done = run(f"- {{{step}, database_only: true}}")
    assert done.only.side == "database"
    run(f"- {{{step}, database_only: true, only: postgresql}}", vendors=("postgresql", "sqlite"))


def test_extension_hints_need_django_6() -> None:
    step = "- {create_extension: hstore, hints: {tenant: x}}"
    if django.VERSION < (6, 0):
        refused(step, "E311")
    else:
        assert run(step).deconstructed()[0][1]["hints"] == {"tenant": "x"}


# --- operation ---


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("{operation: library.operations.Announcer}", "E309", "Announcer"),
        ("{operation: nowhere.at.All}", "E309", "nowhere"),
        ("{operation: AddField}", "E206", "AddField"),
        ("{operation: library.models.Book}", "E314", "operation class"),
        ("{operation: library.operations.Announce, kwargs: {txt: x}}", "E209", "txt"),
        ("{operation: library.operations.Announce}", "E201", "text"),
        ("{operation: library.operations.Announce, kwargs: {text: x}, uses: [Nothing]}", "E302", "Nothing"),
        (
            "{operation: django.db.migrations.RunSQL, kwargs: {sql: SELECT 1}, database_only: true}",
            "E314",
            "SeparateDatabaseAndState",
        ),
        (
            "{operation: django.db.migrations.RenameIndex, kwargs: {model_name: home, new_name: x}}",
            "E314",
            "RenameIndex",
        ),
    ],
)
def test_operation_refused(step: str, code: str, said: str) -> None:
    assert said in refused(f"- {step}", code).message
