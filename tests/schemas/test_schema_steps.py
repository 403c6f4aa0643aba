"""Every schema step: the operations that it stands for, and their kind of file."""

# ruff: noqa: E501 (a row of a table is one line)

from __future__ import annotations

from typing import Any

import pytest
from django.db import models

from harness.stepping import FRESH, FRESH_KEY, refused, run, state, touch
from migspec.schemas.changes import Kind, Touch
from migspec.schemas.step import SchemaStep
from migspec.schemas.steps import STEPS

CLEANUP, SCHEMA, CONCURRENT, DATA = Kind.CLEANUP, Kind.SCHEMA, Kind.CONCURRENT, Kind.DATA

# Steps; the names of the operations; what must be among the arguments of the last one; its kind.
CASES: list[tuple[str, list[str], dict[str, Any], Kind]] = [
    ("- delete_model: Lone", ["DeleteModel"], {"name": "Lone"}, CLEANUP),
    ("- delete_model: Shown", ["DeleteModel"], {"name": "Shown"}, SCHEMA),
    ("- {delete_model: Lone, state_only: true}", ["DeleteModel"], {"name": "Lone"}, SCHEMA),
    (FRESH + "- delete_model: New", ["CreateModel", "DeleteModel"], {"name": "New"}, SCHEMA),
    ("- {rename_model: Lone, to: Single}", ["RenameModel"], {"old_name": "Lone", "new_name": "Single"}, CLEANUP),
    ("- {rename_field: Lone.name, to: title}", ["RenameField"], {"model_name": "lone", "old_name": "name", "new_name": "title"}, CLEANUP),
    (FRESH + "- {rename_field: New.name, to: title}", ["CreateModel", "RenameField"], {"new_name": "title"}, SCHEMA),
    ("- {rename_index: Home.home_rooms_idx, to: rooms_idx}", ["RenameIndex"], {"model_name": "home", "new_name": "rooms_idx", "old_name": "home_rooms_idx"}, CLEANUP),
    ("- {add_field: Lone.x, field: {type: IntegerField, nullable: true}}", ["AddField"], {"model_name": "lone", "name": "x"}, SCHEMA),
    ("- {add_field: Lone.x, field: {type: IntegerField, default: 1}, preserve_default: false}", ["AddField"], {"preserve_default": False}, SCHEMA),
    ("- {alter_field: Lone.name, field: {type: CharField, max_length: 5}}", ["AlterField"], {"model_name": "lone", "name": "name"}, CLEANUP),
    ("- {alter_field: Lone.name, field: {max_length: 50}}", ["AlterField"], {"name": "name"}, SCHEMA),
    ("- {alter_field: Lone.name, field: {max_length: 5}, state_only: true}", ["AlterField"], {"name": "name"}, SCHEMA),
    (FRESH + "- {alter_field: New.name, field: {max_length: 5}}", ["CreateModel", "AlterField"], {"name": "name"}, SCHEMA),
    ("- remove_field: Lone.name", ["RemoveField"], {"model_name": "lone", "name": "name"}, CLEANUP),
    ("- {remove_field: Lone.name, state_only: true}", ["RemoveField"], {"name": "name"}, SCHEMA),
    ("- remove_field: Outside.name", ["RemoveField"], {"model_name": "outside"}, SCHEMA),
    ("- remove_index: Home.home_rooms_idx", ["RemoveIndex"], {"model_name": "home", "name": "home_rooms_idx"}, CLEANUP),
    ("- {remove_index: Home.home_rooms_idx, concurrently: true}", ["RemoveIndexConcurrently"], {"name": "home_rooms_idx"}, CONCURRENT),
    ("- remove_constraint: Home.home_has_rooms", ["RemoveConstraint"], {"model_name": "home", "name": "home_has_rooms"}, CLEANUP),
    ("- validate_constraint: Home.home_has_rooms", ["ValidateConstraint"], {"model_name": "home", "name": "home_has_rooms"}, CLEANUP),
    ("- {add_index: Lone, index: {fields: [name], name: lone_name_idx}}", ["AddIndex"], {"model_name": "lone"}, SCHEMA),
    ("- {add_index: Lone, index: {fields: [name], name: lone_name_idx}, concurrently: true}", ["AddIndexConcurrently"], {}, CONCURRENT),
    ("- {add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [name], name: u}}", ["AddConstraint"], {"model_name": "lone"}, CLEANUP),
    ("- {add_constraint: Lone, constraint: {type: CheckConstraint, condition: Q(number__gt=0), name: c}}", ["AddConstraint"], {}, CLEANUP),
    ("- {add_constraint: Lone, constraint: {type: CheckConstraint, condition: Q(number__gt=0), name: c}, not_valid: true}", ["AddConstraintNotValid"], {}, SCHEMA),
    (FRESH + "- {add_constraint: New, constraint: {type: UniqueConstraint, fields: [name], name: u}}", ["CreateModel", "AddConstraint"], {}, SCHEMA),
    (
        ("- alter_constraint: Home.home_name_code\n"
        "  constraint: {type: UniqueConstraint, fields: [name, code], name: home_name_code, violation_error_code: twice}"),
        ["AlterConstraint"],
        {"model_name": "home", "name": "home_name_code"},
        SCHEMA,
    ),
    ("- {alter_model_options: Home, options: {verbose_name_plural: homes}}", ["AlterModelOptions"], {"name": "home", "options": {"ordering": ["name"], "verbose_name": "home", "verbose_name_plural": "homes"}}, SCHEMA),
    ("- {alter_model_options: Home, options: {ordering: null}}", ["AlterModelOptions"], {"options": {"verbose_name": "home"}}, SCHEMA),
    ("- {alter_model_managers: Home, managers: {objects: {expr: django.contrib.auth.models.UserManager()}}}", ["AlterModelManagers"], {"name": "home"}, SCHEMA),
    ("- {alter_model_table: Lone, table: lonely}", ["AlterModelTable"], {"name": "lone", "table": "lonely"}, CLEANUP),
    ("- {alter_model_table: Lone, table: null}", ["AlterModelTable"], {"name": "lone", "table": None}, SCHEMA),
    ("- {alter_model_table_comment: Lone, table_comment: One row each.}", ["AlterModelTableComment"], {"name": "lone", "table_comment": "One row each."}, SCHEMA),
    ("- {alter_unique_together: Lone, unique_together: [[name, number]]}", ["AlterUniqueTogether"], {"name": "lone", "unique_together": {("name", "number")}}, CLEANUP),
    ("- {alter_unique_together: Home, unique_together: null}", ["AlterUniqueTogether"], {"name": "home", "unique_together": set()}, SCHEMA),
    ("- {alter_order_with_respect_to: Room, order_with_respect_to: null}", ["AlterOrderWithRespectTo"], {"name": "room", "order_with_respect_to": None}, CLEANUP),
    ("- {alter_order_with_respect_to: Villa, order_with_respect_to: home_ptr}", ["AlterOrderWithRespectTo"], {"name": "villa", "order_with_respect_to": "home_ptr"}, SCHEMA),
    ("- create_extension: hstore", ["CreateExtension"], {"name": "hstore"}, SCHEMA),
    ("- {create_collation: ci, locale: und-u-ks-level2, provider: icu, deterministic: false}", ["CreateCollation"], {"name": "ci", "locale": "und-u-ks-level2", "provider": "icu", "deterministic": False}, SCHEMA),
    ("- {remove_collation: ci, locale: C}", ["RemoveCollation"], {"name": "ci", "locale": "C"}, CLEANUP),
    ("- {operation: library.operations.Announce, kwargs: {text: hello}}", ["Announce"], {"text": "hello"}, SCHEMA),
    ("- {operation: django.db.migrations.RemoveField, kwargs: {model_name: lone, name: name}}", ["RemoveField"], {"name": "name"}, CLEANUP),
    ("- {operation: django.db.migrations.RunSQL, kwargs: {sql: SELECT 1, reverse_sql: ''}}", ["RunSQL"], {"sql": "SELECT 1"}, DATA),
    (
        ("- operation: django.contrib.postgres.operations.AddIndexConcurrently\n"
        "  kwargs: {model_name: lone, index: {expr: \"Index(fields=['name'], name='n')\"}}"),
        ["AddIndexConcurrently"],
        {"model_name": "lone"},
        CONCURRENT,
    ),
    ("- {drop_column: Lone.old, field: {type: IntegerField, nullable: true}}", ["AddField", "RemoveField"], {"model_name": "lone", "name": "old"}, CLEANUP),
    ("- {drop_table: Gone, fields: {name: {type: TextField}}}", ["CreateModel", "DeleteModel"], {"name": "Gone"}, CLEANUP),
]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "names", "arguments", "kind"),
    CASES,
    ids=lambda value: value.splitlines()[-1][:70] if isinstance(value, str) else "",
)
def test_step(steps: str, names: list[str], arguments: dict[str, Any], kind: Kind) -> None:
    done = run(steps)
    found = done.deconstructed()
    assert [name for name, _ in found] == names
    assert {key: found[-1][1].get(key) for key in arguments} == arguments
    assert done.changes[-1].kind is kind


def test_every_schema_verb_has_a_case() -> None:

    verbs = {verb for verb, step in STEPS.items() if issubclass(step, SchemaStep)}
    text = "\n".join(steps for steps, *_ in CASES)
    assert {verb for verb in verbs if f"{verb}:" not in text} == set()


# --- create_model, drop_table ---


def test_create_model_gets_the_key_that_django_adds() -> None:
    done = run("- {create_model: New, fields: {name: {type: TextField}}}")
    _, arguments = done.deconstructed()[0]
    assert [name for name, _ in arguments["fields"]] == ["id", "name"]
    _, path, _, options = arguments["fields"][0][1].deconstruct()
    assert path == "django.db.models.BigAutoField"
    assert options == {"auto_created": True, "primary_key": True, "serialize": False, "verbose_name": "ID"}


def test_create_model_keeps_a_key_of_the_author() -> None:
    done = run("- {create_model: New, fields: {code: {type: CharField, max_length: 3, primary_key: true}}}")
    assert [name for name, _ in done.deconstructed()[0][1]["fields"]] == ["code"]


def test_create_model_links_to_its_parent_as_makemigrations_does() -> None:
    done = run("- {create_model: New, bases: [Lone], fields: {extra: {type: TextField}}}")
    _, arguments = done.deconstructed()[0]
    assert arguments["bases"] == ("homes.lone",)
    name, link = arguments["fields"][0]
    assert (name, link.primary_key, link.remote_field.parent_link) == ("lone_ptr", True, True)
    done.state.apps.get_model("homes", "New")  # Django can build it


def test_create_model_may_point_to_itself() -> None:
    done = run("""
        - create_model: New
          fields:
            code: {type: IntegerField, unique: true}
            up: {type: ForeignKey, to: self, on_delete: CASCADE, nullable: true}
            down: {type: ForeignKey, to: New, to_field: code, on_delete: CASCADE, related_name: +}
            home: {type: ForeignKey, to: Home, on_delete: CASCADE}
        """)
    effects = done.only.effects
    assert {touch("model", "new"), Touch("exists", name="homes_new")} <= effects.writes
    assert touch("exists", "home") in effects.reads
    assert touch("exists", "new") not in effects.reads


def test_create_model_with_proxy_and_composite_key() -> None:
    proxy = run("- {create_model: Lonely, fields: {}, options: {proxy: true}, bases: [Lone]}")
    assert proxy.deconstructed()[0][1]["fields"] == []
    pair = run(
        "- {create_model: New, fields: {pk: {type: CompositePrimaryKey, field_names: [a, b]}, a: {type: IntegerField}, b: {type: IntegerField}}}"
    )
    assert [name for name, _ in pair.deconstructed()[0][1]["fields"]] == ["pk", "a", "b"]


def test_drops_change_the_state_and_back() -> None:
    done = run("- {drop_column: Lone.old, field: {type: IntegerField}}")
    assert [(change.side, change.kind) for change in done.changes] == [("state", CLEANUP), ("both", CLEANUP)]
    assert "old" not in done.state.models["homes", "lone"].fields


def test_add_field_to_a_model_of_the_spec_needs_no_default() -> None:
    assert run(FRESH + "- {add_field: New.x, field: {type: IntegerField}}").changes[-1].kind is SCHEMA
    filled = {"fresh": frozenset({FRESH_KEY}), "filled": frozenset({FRESH_KEY})}
    refused(FRESH.strip("\n") + "\n- {add_field: New.x, field: {type: IntegerField}}", "E312", **filled)


@pytest.mark.parametrize(
    "field",
    [
        "{type: DateTimeField, auto_now_add: true}",
        "{type: CharField, max_length: 3, blank: true}",
        "{type: ManyToManyField, to: Tag}",
        "{type: IntegerField, db_default: 3}",
        "{type: GeneratedField, expression: \"F('number') + 1\", output_field: {type: IntegerField}, db_persist: true}",
    ],
)
def test_fields_for_which_django_finds_a_value(field: str) -> None:
    assert run(f"- {{add_field: Lone.x, field: {field}}}").only.kind is SCHEMA


def test_filled_model_is_as_careful_as_a_kept_one() -> None:
    steps = FRESH.strip("\n") + "\n- {alter_field: New.name, field: {max_length: 5}}"
    assert run(steps, filled=frozenset({FRESH_KEY})).changes[-1].kind is CLEANUP


# The field's definition before and after: whether the second may refuse what the first one holds.


def test_partial_alter_field_keeps_the_rest() -> None:
    done = run("- {alter_field: Room.home, field: {nullable: true}}")
    field = done.state.models["homes", "room"].fields["home"]
    assert (field.null, field.remote_field.field_name, field.remote_field.on_delete) == (True, "code", models.CASCADE)


def test_renamed_column_is_renamed_in_indexes_of_the_state() -> None:
    before = state()
    before.models["homes", "home"].options["constraints"].pop(0)
    done = run("- {rename_field: Home.rooms, to: size}", before=before)
    assert [name for name, _ in done.deconstructed()] == ["RenameField", "RemoveIndex", "AddIndex"]
    assert [change.side for change in done.changes] == ["both", "state", "state"]
    assert {change.kind for change in done.changes} == {CLEANUP}
    names = {index.name: index.fields for index in done.state.models["homes", "home"].options["indexes"]}
    assert names["home_rooms_idx"] == ["size"]


def test_renamed_column_is_renamed_in_unique_constraints_of_the_state() -> None:
    done = run("- {rename_field: Home.name, to: title}")
    names = [name for name, _ in done.deconstructed()]
    assert names == ["RenameField", "AlterModelOptions", "RemoveConstraint", "AddConstraint"]
    assert done.state.models["homes", "home"].options["constraints"][-1].fields == ("title", "code")


def test_index_that_index_together_made() -> None:
    before = state()
    before.models["homes", "lone"].options["index_together"] = {("name", "number")}
    done = run("- {rename_index: homes.Lone, to: x_idx, old_fields: [name, number]}", before=before)
    assert done.deconstructed()[0][1] == {"model_name": "lone", "new_name": "x_idx", "old_fields": ("name", "number")}
    assert [warning.code for warning in done.warnings] == ["E501"]


def test_operation_is_written_as_given() -> None:
    done = run("- {operation: library.operations.Announce, kwargs: {loud: true, text: {expr: str()}}, uses: [Home]}")
    written = done.only.written
    assert written is not None
    assert written.dotted == "library.operations.Announce"
    assert list(written.kwargs) == ["loud", "text"]
    assert str(written.kwargs["text"]) == "str()"
    assert done.only.effects.writes == {touch("model", "home")}


def test_renamed_field_is_renamed_in_the_ordering() -> None:
    before = state()
    before.models["homes", "lone"].options |= {"ordering": ["-name", "number"], "get_latest_by": "name"}
    done = run("- {rename_field: Lone.name, to: title}", before=before)
    assert done.deconstructed()[1:] == [
        ("AlterModelOptions", {"name": "lone", "options": {"ordering": ["-title", "number"], "get_latest_by": "title"}})
    ]
