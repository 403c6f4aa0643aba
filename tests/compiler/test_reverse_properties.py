"""Whatever a spec does: where every reverse is called exact, the rows come back as they were.

Random specs are lowered, followed and turned round as real ones are, and run on tables in memory.
"""

# ruff: noqa: E501 (steps in YAML are read by their lines)

from __future__ import annotations

import ast
from typing import Any

from django.db import models
from django.db.migrations.state import ProjectState
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from migspec.compiler.changes.row_effects import value_paths
from migspec.compiler.reversing.fates import TABLE, Fates
from migspec.compiler.reversing.reversal import Underivable
from migspec.compiler.reversing.reverse import reverse
from migspec.dsl.diagnostics import SpecError
from migspec.schemas.changes import SchemaChange
from migspec.schemas.data.paths import columns
from migspec.schemas.data.rows import Column, Computed, Constant, Delete, Insert, Lookups, Mapped, ModelKey, Update
from row_specs import HOME, Followed, follow, foreign, made

Row = dict[int, Any]  # by the number of the column, which renames keep
Tables = dict[int, list[Row]]


class Stopped(Exception):
    """A step that stops the migration."""


# --- specs ---


def project() -> ProjectState:
    state = ProjectState()
    numbers = {name: models.IntegerField(null=True) for name in "abc"}
    state.add_model(made("homes", "Home", **numbers, full=models.IntegerField()))
    state.add_model(
        made("homes", "Room", home=foreign("homes.Home"), d=models.IntegerField(null=True), e=models.IntegerField())
    )
    return state


SMALL = st.sampled_from([0, 1, 2, 3, 5])


@st.composite
def own_value(draw: st.DrawFn, columns: list[str]) -> str:
    column = draw(st.sampled_from(columns))
    return draw(
        st.sampled_from(
            [
                str(draw(SMALL)),
                f"{{field: {column}}}",
                f"{{expr: \"F('{column}') + {draw(SMALL)}\"}}",
                f"{{expr: \"F('{column}') * 2\"}}",
                f"{{map: {{0: 1, 1: 0, 2: 2, 3: 3, 5: 5}}, field: {column}, nulls: null}}",
                f"{{map: {{0: 1, 1: 0}}, field: {column}, unmatched: keep, nulls: keep}}",
                f"{{map: {{0: 5}}, field: {column}, unmatched: keep, nulls: keep}}",
                f"{{map: {{0: 10, 1: 11, 2: 12, 3: 13, 5: 15}}, field: {column}, nulls: {{value: 7}}}}",
                f"{{map: {{0: 1, 1: 1, 2: 2, 3: 3, 5: 5}}, field: {column}, nulls: null}}",
            ]
        )
    )


@st.composite
def specs(draw: st.DrawFn) -> str:
    """Give the steps of a spec about homes and their rooms."""
    home, room, parts = ["a", "b", "c"], ["d"], list[str]()
    has_rooms, steps, new = True, list[str](), iter("uvwxyz")
    for _ in range(draw(st.integers(1, 6))):
        kinds = ["add", "own", "own", "move", "move"]
        kinds += ["drop"] if len(home) > 1 else []
        kinds += ["room", "room", "home", "drop rooms"] if has_rooms else []
        kinds += ["drop room"] if has_rooms and room else []
        kinds += ["part"] if len(parts) < 2 else []
        kind = draw(st.sampled_from(kinds))
        if kind == "add" and (name := next(new, "")):
            steps.append(f"- add_field: Home.{name}\n  field: {{type: IntegerField, nullable: true}}")
            home.append(name)
        elif kind == "move" and len(home) > 1 and (name := next(new, "")):
            old = draw(st.sampled_from(home))
            steps.append(f"- add_field: Home.{name}\n  field: {{type: IntegerField, nullable: true}}")
            where = draw(
                st.sampled_from(
                    ["", "", f"\n  where: {{{old}__isnull: false}}", f"\n  where: {{{draw(st.sampled_from(home))}: 1}}"]
                )
            )
            steps.append(f"- update_rows: Home\n  set: {{{name}: {draw(own_value([old]))}}}{where}")
            home.append(name)
            if draw(st.booleans()):
                home.remove(old)
                steps.append(f"- remove_field: Home.{old}")
        elif kind == "own":
            names = draw(st.lists(st.sampled_from(home), min_size=1, max_size=2, unique=True))
            values = ", ".join(f"{name}: {draw(own_value(home))}" for name in names)
            where = draw(
                st.sampled_from(
                    [
                        "",
                        "",
                        f"\n  where: {{{draw(st.sampled_from(home))}: {draw(SMALL)}}}",
                        f"\n  where: {{{names[0]}__isnull: true}}",
                        f"\n  where: {{{draw(st.sampled_from(home))}__isnull: false}}",
                    ]
                )
            )
            steps.append(f"- update_rows: Home\n  set: {{{values}}}{where}")
        elif kind == "drop":
            name = draw(st.sampled_from(home))
            home.remove(name)
            steps.append(f"- remove_field: Home.{name}")
        elif kind == "room":
            name, other = draw(st.sampled_from(home)), draw(st.sampled_from([*room, "e", "id"]))
            steps.append(
                f"- update_rows: Home\n  source: Room\n  match: {{id: home_id}}\n  pick: {{first_by: -id}}\n  set: {{{name}: {{source: {other}}}}}"
            )
        elif kind == "home" and (name := next(new, "")):
            old = draw(st.sampled_from(home))
            steps.append(f"- add_field: Room.{name}\n  field: {{type: IntegerField, nullable: true}}")
            path = draw(
                st.sampled_from(
                    [f"{{field: home.{old}}}", f"{{source: {old}}}\n  source: Home\n  match: {{home_id: id}}"]
                )
            )
            first, _, rest = path.partition("\n")
            steps.append(f"- update_rows: Room\n  set: {{{name}: {first}}}" + (f"\n{rest}" if rest else ""))
            if draw(st.booleans()) and len(home) > 1:
                home.remove(old)
                steps.append(f"- remove_field: Home.{old}")
        elif kind == "drop room":
            room.remove("d")
            steps.append("- remove_field: Room.d")
        elif kind == "drop rooms":
            has_rooms = False
            steps.append("- delete_model: Room")
        elif kind == "part":
            name = f"Part{len(parts)}"
            parts.append(name)
            source, known = draw(
                st.sampled_from([("Home", home), *([("Room", [*room, "e", "home_id"])] if has_rooms else [])])
            )
            copied = draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
            fields = "".join(f"\n    {one}: {{type: IntegerField, nullable: true}}" for one in copied)
            steps.append(
                f"- create_model: {name}\n  fields:\n    key: {{type: BigIntegerField, primary_key: true}}{fields}"
            )
            where = draw(st.sampled_from(["", "", f"\n  where: {{{copied[0]}__isnull: false}}"]))
            steps.append(
                f"- copy_rows: {source}\n  into: {name}\n  copy: [{', '.join(copied)}]\n  set: {{key: {{source: id}}}}{where}"
            )
    return "\n".join(steps)


# --- tables in memory ---


class World:
    """The tables of a followed spec at one place of it."""

    def __init__(self, found: Followed, tables: Tables) -> None:
        self.fates: Fates = found.fates
        self.after = found.after
        self.tables = tables

    def columns(self, at: int, key: ModelKey) -> dict[str, int]:
        """Give the numbers of a model's columns by attname."""
        state = self.fates.moments[at].state
        held = columns(state, state.models[key.lower])
        return {name: self.fates.number(at, key, one.field.name) for name, one in held.items()}

    def rows(self, at: int, key: ModelKey) -> list[Row]:
        return self.tables[self.fates.number(at, key)]

    # --- row changes ---

    def run(self, at: int, change: Any) -> None:
        self.at = at
        match change:
            case Update():
                self.update(at, change)
            case Insert():
                self.insert(at, change)
            case Delete():
                assert change.where is None
                self.rows(at, change.model).clear()

    def update(self, at: int, change: Update) -> None:
        own = self.columns(at, change.model)
        new = []
        for row in self.rows(at, change.model):
            if not self.selects(change.where, row, own):
                continue
            source = self.source(at, change, row, own) if change.join else ({}, {})
            if source is not None:
                new.append(
                    (
                        row,
                        {
                            own[name]: self.value(value, row, own, *source, kept=row[own[name]])
                            for name, value in change.assign
                        },
                    )
                )
        for row, values in new:
            row |= values

    def source(self, at: int, change: Update, row: Row, own: dict[str, int]) -> tuple[Row, dict[str, int]] | None:
        assert change.join
        theirs = self.columns(at, change.join.source)
        found = [
            other
            for other in self.rows(at, change.join.source)
            if all(
                row[own[left]] is not None and row[own[left]] == other[theirs[right]] for left, right in change.join.on
            )
            and self.selects(change.join.where, other, theirs)
        ]
        for name in reversed(change.join.order):
            found.sort(key=lambda other: other[theirs[name.removeprefix("-")]], reverse=name.startswith("-"))
        assert len(found) < 2 or change.join.order, "several source rows and no order"
        return (found[0], theirs) if found else None

    def insert(self, at: int, change: Insert) -> None:
        assert change.source
        own, theirs = self.columns(at, change.model), self.columns(at, change.source)
        for other in [row for row in self.rows(at, change.source) if self.selects(change.where, row, theirs)]:
            row = dict.fromkeys(own.values()) | {
                own[name]: self.value(value, {}, {}, other, theirs) for name, value in change.assign
            }
            if "id" in own and row[own["id"]] is None:
                row[own["id"]] = 1 + max((one[own["id"]] for one in self.rows(at, change.model)), default=0)
            there = [
                one
                for one in self.rows(at, change.model)
                if change.key and all(one[own[name]] == row[own[name]] for name in change.key)
            ]
            if not there:
                self.rows(at, change.model).append(row)

    def selects(self, where: Any, row: Row, own: dict[str, int]) -> bool:
        if where is None:
            return True
        assert isinstance(where, Lookups)
        found = []
        for path, operand in where.items:
            name, _, kind = path.partition("__")
            value = row[own[name]]
            found.append((value is None) == operand if kind == "isnull" else value is not None and value == operand)
        return all(found)

    def value(
        self, value: Any, row: Row, own: dict[str, int], other: Row, theirs: dict[str, int], kept: Any = None
    ) -> Any:
        read = [
            (other[theirs[path]] if of == "source" else self.over(path, row, own)) for path, of in value_paths(value)
        ]
        match value:
            case Constant():
                return value.value
            case Column():
                return read[0]
            case Mapped():
                for old, new in value.pairs:
                    if read[0] is not None and old == read[0]:
                        return new
                policy = value.nulls if read[0] is None else value.unmatched
                if policy == "error":
                    raise Stopped
                return policy.value if isinstance(policy, Constant) else kept if policy == "keep" else None
            case Computed():
                if read[0] is None:
                    return None
                tree = value.expression.tree
                text = ast.unparse(tree).replace(f"F({value.reads[0]!r})", str(read[0]))
                text = text.replace(" / ", " // ")  # of whole numbers, as the databases do it
                assert set(text) <= set("0123456789+-*/() ")
                return eval(text)  # noqa: S307 (digits and signs)
        raise AssertionError(value)

    def over(self, path: str, row: Row, own: dict[str, int]) -> Any:
        """Give a column of the row, or of the home that it points to."""
        relation, _, column = path.partition("__")
        if not column:
            return row[own[relation]]
        home = self.columns(self.at, HOME)
        (found,) = [one for one in self.rows(self.at, HOME) if one[home["id"]] == row[own[f"{relation}_id"]]]
        return found[home[column]]

    # --- schema changes ---

    def reshape(self, at: int) -> None:
        """Give tables and columns that come empty rows, and take away those that go; either way."""
        for name, number in self.fates.names[at].items():
            if name[2] == TABLE:
                self.tables.setdefault(number, [])
        live = {number for name, number in self.fates.names[at].items() if name[2] == TABLE}
        self.tables = {number: rows for number, rows in self.tables.items() if number in live}
        for name, number in self.fates.names[at].items():
            if name[2] != TABLE:
                for row in self.tables[self.fates.names[at][*name[:2], TABLE]]:
                    row.setdefault(number, None)
        known = set(self.fates.names[at].values())
        for rows in self.tables.values():
            for row in rows:
                for number in [number for number in row if number not in known]:
                    del row[number]


ROWS = st.lists(st.tuples(*[st.none() | SMALL] * 3), max_size=4)


def sorted_rows(rows: list[Row]) -> list[list[tuple[int, Any]]]:
    return sorted((sorted(row.items()) for row in rows), key=repr)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(specs(), ROWS, st.lists(st.tuples(st.integers(1, 4), st.none() | SMALL), max_size=4))
def test_exact_means_exact(steps: str, homes: list[Any], rooms: list[Any]) -> None:
    try:
        found = follow(steps, project())
    except SpecError as error:
        note(str(error))
        assume(False)
    fates = found.fates
    reversals = {}
    try:
        for at, moment in enumerate(fates.moments):
            if not isinstance(moment.change, SchemaChange):
                reversals[at] = reverse(fates, at)
    except Underivable:
        assume(False)
    assume(any(reversal.changes for reversal in reversals.values()))
    carried = {fates.number(at, change.model) for at, one in reversals.items() for change in one.changes or ()}
    world = World(found, start(found, homes, rooms))
    before = {number: sorted_rows(rows) for number, rows in world.tables.items()}
    try:
        for at, moment in enumerate(fates.moments):
            if not isinstance(moment.change, SchemaChange):
                world.run(at, moment.change)
            world.reshape(at + 1)
    except Stopped:
        assume(False)
    for at, moment in reversed(list(enumerate(fates.moments))):
        if not isinstance(moment.change, SchemaChange):
            for change in reversals[at].changes or ():
                world.run(at, change)
        world.reshape(at)
    assert carried
    exact = all(reversal.fidelity == "exact" for reversal in reversals.values())
    lost = lost_by_schema(found, reversals)
    for number, rows in before.items():
        if exact and number not in lost:
            forgotten = {column for column in lost if column in {one for row in world.tables[number] for one in row}}
            assert without(sorted_rows(world.tables[number]), forgotten) == without(rows, forgotten)


def start(found: Followed, homes: list[Any], rooms: list[Any]) -> Tables:
    names = found.fates.names[0]
    home = {name: names["homes", "home", name] for name in ("id", "a", "b", "c", "full")}
    room = {name: names["homes", "room", name] for name in ("id", "home", "d", "e")}
    return {
        names["homes", "home", TABLE]: [
            dict(zip(home.values(), [index, *values, index], strict=True)) for index, values in enumerate(homes, 1)
        ],
        names["homes", "room", TABLE]: [
            dict(zip(room.values(), [index, to, d, index], strict=True))
            for index, (to, d) in enumerate(rooms, 1)
            if to <= len(homes)
        ],
    }


def lost_by_schema(found: Followed, reversals: dict[int, Any]) -> set[int]:
    """Give the dropped tables and columns that no reversal fills: the author dropped them without keeping their values."""
    filled = set()
    world = World(found, {})
    for at, reversal in reversals.items():
        for change in reversal.changes or ():
            own = world.columns(at, change.model)
            if isinstance(change, Insert):
                filled.add(found.fates.number(at, change.model))
            filled |= {own[name] for name, _ in getattr(change, "assign", ())}
    return {number for number, life in enumerate(found.fates.lives) if life.at_start and not life.at_end} - filled


def without(rows: list[list[tuple[int, Any]]], columns: set[int]) -> list[list[tuple[int, Any]]]:
    return sorted(([pair for pair in row if pair[0] not in columns] for row in rows), key=repr)
