"""Row steps over keys of every kind, inherited tables and names that need quotes: there, back and there again."""

from __future__ import annotations

import datetime
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

import databases
from harness import Runner
from harness.compiling import workshop
from migspec.compiler.emit.helpers import key_ranges

INITIAL = """
import uuid

from django.db import migrations, models

NAME, CODE = models.CharField(max_length=20, default="x"), models.IntegerField(null=True)


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Uuid", [("id", models.UUIDField(primary_key=True, default=uuid.uuid4)), ("name", NAME), ("code", CODE)]
        ),
        migrations.CreateModel(
            "Text", [("key", models.CharField(max_length=9, primary_key=True)), ("name", NAME), ("code", CODE)]
        ),
        migrations.CreateModel(
            "Composite",
            [("pk", models.CompositePrimaryKey("zone", "day")), ("zone", models.CharField(max_length=9)),
             ("day", models.DateField()), ("name", NAME), ("code", CODE)],
        ),
        migrations.CreateModel(
            "Parent", [("id", models.BigAutoField(primary_key=True)), ("name", NAME), ("code", CODE)]
        ),
        migrations.CreateModel(
            "Child",
            [("parent_ptr", models.OneToOneField("homes.Parent", models.CASCADE, parent_link=True, auto_created=True,
                                                 primary_key=True)), ("size", CODE)],
            bases=("homes.parent",),
        ),
        migrations.CreateModel(
            "Tree",
            [("id", models.BigAutoField(primary_key=True)), ("name", NAME), ("code", CODE),
             ("up", models.ForeignKey("self", models.CASCADE, null=True))],
        ),
        migrations.CreateModel("Leaf", [], options={"proxy": True}, bases=("homes.tree",)),
        migrations.CreateModel(
            "Order",
            [("id", models.BigAutoField(primary_key=True, db_column="Order by")),
             ("name", models.CharField(max_length=20, default="x", db_column="select")),
             ("code", models.IntegerField(null=True, db_column="Group's")),
             ("up", models.ForeignKey("self", models.CASCADE, null=True, db_column="Ünder"))],
            options={"db_table": "Table of Orders"},
        ),
    ]
"""
DAYS = [datetime.date(2024, 1, day) for day in (1, 2, 3)]
NUMBERED = [{"id": id, "name": f"row {id}%", "code": id % 3, "up_id": id // 2 or None} for id in (1, 2, 4, 5, 8)]
ROWS: dict[str, list[dict[str, Any]]] = {
    "homes.Uuid": [
        {"id": uuid.uuid5(uuid.NAMESPACE_DNS, str(id)), "name": f"row {id}", "code": id % 3} for id in range(1, 8)
    ],
    "homes.Text": [
        {"key": key, "name": key, "code": code % 3} for code, key in enumerate(["a", "b", "C c", "é", "%s"])
    ],
    "homes.Composite": [{"zone": zone, "day": day, "code": day.day % 3} for zone in "ab" for day in DAYS],
    "homes.Parent": [{"id": id, "name": f"row {id}", "code": id % 3} for id in (1, 2, 3)],
    "homes.Child": [
        {"id": id, "parent_ptr_id": id, "name": f"row {id}", "code": id % 3, "size": id % 3} for id in (11, 12, 14, 15)
    ],
    "homes.Tree": NUMBERED,
    "homes.Order": NUMBERED,
}
KEYS = {
    "Uuid": ["id"],
    "Text": ["key"],
    "Composite": ["zone", "day"],
    "Parent": ["id"],
    "Child": ["parent_ptr_id"],
    "Tree": ["id"],
    "Order": ["id"],
}
FIELDS = {
    "id": "{type: BigIntegerField, primary_key: true}",
    "key": "{type: CharField, max_length: 9, primary_key: true}",
    "parent_ptr_id": "{type: BigIntegerField, primary_key: true}",
}


def steps_of_a_model(model: str) -> str:
    """Write, copy and remove rows by every kind of statement, in ranges where it may run twice."""
    column = "size" if model == "Child" else "code"
    key = ", ".join(KEYS[model])
    kind = "{type: UUIDField, primary_key: true}" if model == "Uuid" else FIELDS.get(KEYS[model][0])
    fields = f"{KEYS[model][0]}: {kind}"
    if model == "Composite":
        fields = (
            "pk: {type: CompositePrimaryKey, field_names: [zone, day]},"
            " zone: {type: CharField, max_length: 9}, day: {type: DateField}"
        )
    return f"""
  - create_model: Copy
    fields: {{{fields}, {column}: {{type: IntegerField, nullable: true}}}}
  - {{add_field: {model}.token, field: {{type: UUIDField, nullable: true}}}}
  - {{add_field: {model}.label, field: {{type: CharField, max_length: 9, nullable: true}}}}
  - update_rows: {model}
    set: {{{column}: {{map: {{0: 1, 1: 0}}, field: {column}, unmatched: keep}}}}
  - {{update_rows: {model}, set: {{{column}: {{expr: "F('{column}') + 5"}}}}}}
  - {{update_rows: {model}, set: {{token: {{expr: uuid.uuid4}}}}, where: {{token: null}}, batch: {{size: 2}}}}
  - {{update_rows: {model}, set: {{label: {{map: {{5: a, 6: b, 7: c}}, field: {column}}}}}, batch: {{size: 2}}}}
  - {{copy_rows: {model}, into: Copy, copy: [{key}, {column}], key: [{key}]}}
  - {{delete_rows: Copy, where: {{{column}: 5}}, batch: {{size: 2}}, reverse: {{noop: the copies go}}}}
  - {{remove_field: {model}.token}}
"""


def steps_of_a_join(model: str) -> str:
    """Set columns from columns of another table by one join, in several ranges; some rows have no source row."""
    column = "size" if model == "Child" else "code"
    keys = KEYS[model]
    kinds = {"zone": "{type: CharField, max_length: 9}", "day": "{type: DateField}", "id": "{type: BigIntegerField}"}
    kinds |= {"key": "{type: CharField, max_length: 9}", "parent_ptr_id": "{type: BigIntegerField}"}
    if model == "Uuid":
        kinds["id"] = "{type: UUIDField}"
    fields = ", ".join(f"of_{key}: {kinds[key]}" for key in keys)
    if len(keys) == 1:
        fields = fields.replace("}", ", primary_key: true}")
    else:
        fields = f"pk: {{type: CompositePrimaryKey, field_names: [{', '.join(f'of_{key}' for key in keys)}]}}, {fields}"
    return f"""
  - create_model: Note
    fields: {{{fields}, "from": {{type: IntegerField}}, mark: {{type: IntegerField}}}}
  - copy_rows: {model}
    into: Note
    set: {{{", ".join(f"of_{key}: {{field: {key}}}" for key in keys)}, "from": {{field: {column}}},
          mark: {{expr: "F('{column}') * 10"}}}}
    where: {{{column}__gt: 0}}
  - {{add_field: {model}.twin, field: {{type: IntegerField, default: 7}}}}
  - {{add_field: {model}.other, field: {{type: IntegerField, nullable: true}}}}
  - update_rows: {model}
    source: Note
    match: {{{", ".join(f"{key}: of_{key}" for key in keys)}}}
    set: {{other: {{source: "from"}}, twin: {{source: mark}}}}
    batch: {{size: 2}}
  - update_rows: {model}
    source: Note
    match: {{{", ".join(f"{key}: of_{key}" for key in keys)}}}
    where: {{{column}__in: [2, 0], twin__gt: 0}}
    set: {{other: {{source: mark}}}}
    batch: {{size: 1}}
"""


STORIES = (
    {
        "literal rows": """
  - {insert_rows: Uuid, key: id, rows: [{id: 00000000-0000-0000-0000-0000000000ff, code: 1}]}
  - {insert_rows: Text, key: key, rows: [{key: a, code: 9, name: new}, {key: "100%", code: 1}]}
  - {insert_rows: Composite, key: pk,
     rows: [{zone: a, day: "2024-01-01", code: 9}, {zone: c, day: "2024-01-01"}]}
  - {insert_rows: Tree, rows: [{id: 100, name: root}, {id: 101, name: leaf, up_id: 100}]}
  - {insert_rows: Order, key: name, rows: [{name: "row 1%", code: 9}, {id: 101, name: "'%s' \\"x\\"", up_id: 1}]}
""",
        "from another table": """
  - {add_field: Composite.label, field: {type: CharField, max_length: 20, nullable: true}}
  - {update_rows: Composite, source: Tree, match: {code: code}, pick: {first_by: -id}, set: {label: {source: name}},
     batch: {size: 2}}
  - {add_field: Order.above, field: {type: CharField, max_length: 20, nullable: true}}
  - {update_rows: Order, set: {above: {field: up.name}}, batch: {size: 2}}
  - {add_field: Child.label, field: {type: CharField, max_length: 20, nullable: true}}
  - {update_rows: Child, set: {label: {field: name}}, where: {code: 2}, batch: {size: 2}}
""",
        "a column of the parent": """
  - {update_rows: Child, set: {name: new, size: 3}, where: {id: 11},
     reverse: [{update_rows: Child, set: {name: row 11, size: 2}, where: {id: 11}}]}
  - {update_rows: Parent, set: {code: {expr: "F('code') + 1"}}}
""",
        "by a proxy": """
  - {update_rows: Leaf, set: {name: {expr: "Upper('name')"}}, where: {code: 1}, keep_old: true}
  - {delete_rows: Leaf, where: {code: 2}, keep_old: true}
  - {insert_rows: Leaf, key: name, rows: [{id: 300, name: new}]}
  - {add_field: Order.leaf, field: {type: CharField, max_length: 20, nullable: true}}
  - {update_rows: Order, source: Leaf, match: {id: id}, set: {leaf: {source: name}}}
""",
        "rows that point at each other": """
  - {delete_rows: Tree, where: {up__code: 1}, reverse: [{insert_rows: Tree, rows: [
     {id: 2, name: row 2%, code: 2, up_id: 1}, {id: 4, name: row 4%, code: 1, up_id: 2},
     {id: 5, name: row 5%, code: 2, up_id: 2}, {id: 8, name: row 8%, code: 2, up_id: 4}]}]}
  - create_model: Copy
    fields: {id: {type: BigAutoField, primary_key: true}, up: {type: ForeignKey, to: Copy, on_delete: CASCADE,
             nullable: true}}
  - {copy_rows: Order, into: Copy, copy: [id, up_id]}
""",
    }
    | {f"every statement for {model}": steps_of_a_model(model) for model in KEYS}
    | {f"a join with {model}": steps_of_a_join(model) for model in KEYS}
)


@pytest.mark.parametrize("name", STORIES)
def test_there_and_back_and_there(name: str, database: databases.Database, tmp_path: Path) -> None:
    with workshop(tmp_path, {"homes": {"0001_initial": INITIAL}}, base=False) as made:
        made.spec("homes/keys", f"after: 0001_initial\nsteps:{STORIES[name]}")
        made.compile()
        last = max(made.generated()).removeprefix("homes/migrations/").removesuffix(".py")
        with Runner(database, project=made.project) as run:
            run.migrate_to("homes", "0001_initial")
            run.insert(ROWS)
            before = run.snapshot()
            run.migrate_to("homes", last)
            there = run.snapshot()
            assert there != before
            for row in there.get("homes.Note", ()):
                [joined] = [one for one in there[f"homes.{name.split()[-1]}"] if is_noted(one, row)]
                old = joined["size" if "size" in joined else "code"]
                assert (joined["twin"], joined["other"]) == (old * 10, 20 if old == 2 else old)
            run.migrate_to("homes", "0001_initial")
            assert run.snapshot() == before
            run.migrate_to("homes", last)
            assert run.snapshot() == there


@pytest.mark.parametrize(
    ("keys", "size", "expected"),
    [
        ([], 2, [[]]),
        ([1, 2], 2, [[1, 2]]),
        ([1, 2, 3, 4, 5, 6, 7], 3, [[1, 2, 3], [4, 5, 6], [7]]),
        ([2, 4, 8, 9, 12], 3, [[2, 4], [8, 9], [12]]),
        ([1, 2, 3, 100, 101, 102, 103], 3, [[1, 2, 3], [100, 101, 102], [103]]),
        # Where many numbers are missing the rows are counted.
        ([10, 20, 30, 40, 50, 60, 70], 3, [[10, 20, 30], [40, 50, 60], [70]]),
        ([1, 100, 200, 300, 10**15], 2, [[1, 100], [200, 300], [10**15]]),
    ],
)
def test_no_range_has_more_rows_than_its_size(
    keys: list[int], size: int, expected: list[list[int]], database: databases.Database, tmp_path: Path
) -> None:
    with (
        workshop(tmp_path, {"homes": {"0001_initial": INITIAL}}, base=False) as made,
        Runner(database, project=made.project) as run,
    ):
        run.migrate_to("homes", "0001_initial")
        run.insert({"homes.Parent": [{"id": key} for key in keys]})
        parents = run.model("homes.Parent")._base_manager.using(run.connection.alias)
        found = []
        for page in key_ranges(parents.all(), size=size):
            found.append(sorted(page.values_list("pk", flat=True)))
            if keys:  # what comes while the ranges go on is not theirs
                parents.create(pk=max(keys) + 1 + len(found))
        assert found == expected


def is_noted(row: dict[str, Any], note: dict[str, Any]) -> bool:
    return all(row[name.removeprefix("of_")] == note[name] for name in note if name.startswith("of_"))


@pytest.mark.parametrize(
    ("existing", "more"), [("skip", 0), ("update", 0), ("error", 0), ("skip", 999), ("error", 1_000)]
)
def test_the_database_says_which_keys_are_equal(
    existing: str, more: int, database: databases.Database, tmp_path: Path
) -> None:
    """To MySQL and MariaDB 'A' and 'a' are one key."""
    with workshop(tmp_path, {"homes": {"0001_initial": INITIAL}}, base=False) as made:
        others = [f"x{number}" for number in range(more)]
        rows = f"[{', '.join(f'{{key: {key}, name: new}}' for key in [*others, 'A', 'b'])}]"
        made.spec(
            "homes/keys",
            f"""
            after: 0001_initial
            steps:
              - insert_rows: Text
                key: key
                existing: {existing}
                rows: {rows}
                reverse: {{noop: only the way there}}
            """,
        )
        made.compile()
        with Runner(database, project=made.project) as run:
            run.migrate_to("homes", "0001_initial")
            run.insert({"homes.Text": [{"key": "a", "name": "old"}]})
            known = {"a": "old"}
            if database.vendor == "mysql" and existing == "error":
                with pytest.raises(ValueError, match=r"are there already: .'A'."):
                    run.migrate_to("homes", "0002_keys_data")
            else:
                with CaptureQueriesContext(run.connection) as queries:
                    run.migrate_to("homes", "0002_keys_data")
                assert len(queries) < 100
                known |= dict.fromkeys([*others, "b"], "new")
                if database.vendor != "mysql":
                    known["A"] = "new"
                elif existing == "update":
                    known = {"A": "new", "b": "new"}
            assert {row["key"]: row["name"] for row in run.rows("homes.Text")} == known
