"""What schema steps read and write: which of them may pass each other."""

# ruff: noqa: E501 (a row of a table is one line)

from __future__ import annotations

from typing import Any

import pytest

from harness.stepping import run, touch
from migspec.schemas.changes import EVERYTHING, Kind

CLEANUP, SCHEMA, CONCURRENT, DATA = Kind.CLEANUP, Kind.SCHEMA, Kind.CONCURRENT, Kind.DATA


def conflict(first: str, second: str, **scope: Any) -> bool:
    done = run(f"- {{{first}}}\n- {{{second}}}", **scope)
    return done.changes[0].effects.conflicts_with(done.changes[-1].effects)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("remove_constraint: Home.home_name_code", "alter_field: Home.name, field: {max_length: 200}"),
        ("add_field: Lone.x, field: {type: IntegerField, nullable: true}", "add_index: Lone, index: {fields: [x], name: x}"),
        ("rename_model: Lone, to: Single", "add_field: Single.x, field: {type: IntegerField, nullable: true}"),
        ("alter_model_table: Lone, table: lonely", "create_model: New, fields: {}, options: {db_table: homes_lone}"),
        ("remove_index: Home.home_rooms_idx", "add_index: Lone, index: {fields: [name], name: home_rooms_idx}"),
        ("create_model: New, fields: {}", "add_field: Lone.new, field: {type: ForeignKey, to: New, on_delete: CASCADE, nullable: true}"),
        ("alter_field: Home.code, field: {type: IntegerField, unique: true}", "alter_field: Room.home, field: {nullable: true}"),
        ("add_field: Home.x, field: {type: IntegerField, nullable: true}", "add_field: Villa.y, field: {type: IntegerField, nullable: true}"),
        ("remove_field: Home.tags", "delete_model: Tag"),
    ],
)  # fmt: skip
def test_steps_that_keep_their_order(first: str, second: str) -> None:
    assert conflict(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "add_field: Lone.x, field: {type: IntegerField, nullable: true}",
            "add_index: Lone, index: {fields: [name], name: x}",
        ),
        ("add_index: Lone, index: {fields: [name], name: x}", "add_index: Lone, index: {fields: [number], name: y}"),
        ("alter_model_options: Lone, options: {verbose_name: x}", "remove_field: Lone.name"),
        ("delete_model: Lone", "add_field: Tag.x, field: {type: IntegerField, nullable: true}"),
        (
            "alter_unique_together: Lone, unique_together: [[name]]",
            "alter_unique_together: Tag, unique_together: [[slug]]",
        ),
    ],
)
def test_steps_that_may_pass_each_other(first: str, second: str) -> None:
    assert not conflict(first, second)


def test_effects_of_fields() -> None:
    added = run(
        "- {add_field: Home.x, field: {type: ForeignKey, to: accounts.Address, on_delete: CASCADE, nullable: true}}"
    ).only.effects
    assert touch("exists", "address", app_label="accounts") in added.reads
    assert touch("definition", "address", "id", app_label="accounts") in added.reads
    assert {
        touch("shape", "home"),
        touch("shape", "villa"),
        touch("definition", "home", "x"),
        touch("values", "villa", "x"),
    } <= added.writes
    joined = run("- {add_field: Lone.tags, field: {type: ManyToManyField, to: Tag}}").only.effects
    assert touch("model", "lone_tags") in joined.writes
    assert touch("shape", "lone") not in joined.writes
    tightened = run("- {alter_field: Home.city, field: {nullable: false}}").only.effects
    assert {touch("values", "home", "city"), touch("rows", "home")} <= tightened.reads
    relaxed = run("- {alter_field: Lone.name, field: {nullable: true}}").only.effects
    assert touch("rows", "lone") not in relaxed.reads


def test_effects_of_elements() -> None:
    index = run("- {add_index: Home, index: {fields: [city], name: x, condition: Q(rooms__gt=1)}}").only.effects
    assert {touch("definition", "home", "city"), touch("definition", "home", "rooms")} <= index.reads
    assert not any(one.what in ("values", "rows") for one in index.reads)
    unique = run("- {add_constraint: Lone, constraint: {type: UniqueConstraint, fields: [name], name: x}}").only.effects
    assert {touch("values", "lone", "name"), touch("rows", "lone")} <= unique.reads
    not_valid = run(
        "- {add_constraint: Lone, constraint: {type: CheckConstraint, condition: Q(number__gt=0), name: x}, not_valid: true}"
    ).only.effects
    assert touch("values", "lone", "name") in not_valid.reads


def test_effects_of_models() -> None:
    renamed = run("- {rename_model: Tag, to: Label}").only.effects
    assert {
        touch("model", "tag"),
        touch("model", "label"),
        touch("model", "home_tags"),
        touch("definition", "home", "tags"),
    } <= renamed.writes
    assert EVERYTHING in run("- create_extension: hstore").only.effects.writes
