"""The data steps that rows.py measures: a spec each, and the SQL that a careful hand would have written instead.

Every story begins with the same three tables of one app.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent

INITIAL = """\
from django.db import migrations, models


def key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            "Item",
            [
                ("id", key()),
                ("code", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=50)),
                ("city", models.CharField(max_length=50)),
                ("status", models.IntegerField()),
                ("price", models.DecimalField(max_digits=10, decimal_places=2)),
            ],
        ),
        migrations.CreateModel(
            "Detail",
            [
                ("id", key()),
                ("item", models.OneToOneField("Item", models.CASCADE)),
                ("kind", models.IntegerField()),
                ("text", models.CharField(max_length=60)),
            ],
        ),
        migrations.CreateModel(
            "Archive",
            [
                ("id", key()),
                ("code", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=50)),
            ],
        ),
    ]
"""

# REPLACE and CAST AS CHAR mean the same on every database. One tenth of the archive is there before.
FILL = (
    """
    INSERT INTO store_item (id, code, name, city, status, price)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})
    SELECT n, REPLACE('code #', '#', CAST(n AS CHAR(9))), REPLACE('the name of item #', '#', CAST(n AS CHAR(9))),
           REPLACE('city #', '#', CAST(n % 1000 AS CHAR(9))), n % 4, n % 1000
    FROM numbers
    """,
    """
    INSERT INTO store_detail (id, item_id, kind, text)
    SELECT id, id, status, REPLACE('this says more about #', '#', name) FROM store_item
    """,
    "INSERT INTO store_archive (id, code, name) SELECT id, code, 'archived' FROM store_item WHERE id % 10 = 0",
)

SQL = tuple[str, ...] | Mapping[str, tuple[str, ...]]  # by vendor where they differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A spec whose one data file is measured, and what a hand would write in its place."""

    steps: str
    fill: tuple[str, ...] = ()  # what changes the rows of FILL before
    writes: tuple[str, ...]  # the tables that are put back before each run
    forward: SQL
    backward: SQL
    loops: Mapping[str, str] = field(
        default_factory=dict
    )  # what is mostly written today: name to the body of forwards()
    bdmodels: str = ""  # the operation that does the same
    is_random: bool = False  # whether each run leaves other values

    def statements(self, direction: str, vendor: str) -> list[str]:
        found = self.forward if direction == "forward" else self.backward
        chosen = found.get(vendor, found.get("", ())) if isinstance(found, Mapping) else found
        return [dedent(one).strip() for one in chosen]


STORIES = {
    "update from the row": Story(
        steps="""\
  - add_field: Item.label
    field: {type: CharField, max_length: 60, nullable: true}
  - update_rows: Item
    set: {label: {field: name}}
  - remove_field: Item.name
""",
        writes=("item",),
        forward=("UPDATE store_item SET label = name",),
        backward=("UPDATE store_item SET name = label",),
        loops={
            "save": """
                for item in Item.objects.all():
                    item.label = item.name
                    item.save()
            """,
            "bulk_update": """
                items = list(Item.objects.all())
                for item in items:
                    item.label = item.name
                Item.objects.bulk_update(items, ["label"], batch_size=1000)
            """,
        },
    ),
    "update in place": Story(
        steps="""\
  - update_rows: Item
    set: {status: {expr: "F('status') + 4"}}
""",
        writes=("item",),
        forward=("UPDATE store_item SET status = status + 4",),
        backward=("UPDATE store_item SET status = status - 4",),
    ),
    "map": Story(
        steps="""\
  - add_field: Item.state
    field: {type: CharField, max_length: 20, nullable: true}
  - update_rows: Item
    set: {state: {field: status, map: {0: new, 1: paid, 2: sent, 3: closed}}}
  - remove_field: Item.status
""",
        writes=("item",),
        forward=(
            """
            UPDATE store_item SET state =
            CASE status WHEN 0 THEN 'new' WHEN 1 THEN 'paid' WHEN 2 THEN 'sent' WHEN 3 THEN 'closed' END
            """,
        ),
        backward=(
            """
            UPDATE store_item SET status =
            CASE state WHEN 'new' THEN 0 WHEN 'paid' THEN 1 WHEN 'sent' THEN 2 WHEN 'closed' THEN 3 END
            """,
        ),
    ),
    "map in place": Story(
        steps="""\
  - update_rows: Item
    set: {status: {field: status, map: {0: 1, 1: 2, 2: 3, 3: 0}}}
""",
        writes=("item",),
        forward=(
            "UPDATE store_item SET status = CASE status WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 3 WHEN 3 THEN 0 END",
        ),
        backward=(
            "UPDATE store_item SET status = CASE status WHEN 1 THEN 0 WHEN 2 THEN 1 WHEN 3 THEN 2 WHEN 0 THEN 3 END",
        ),
    ),
    "update from a source": Story(
        steps="""\
  - add_field: Item.note
    field: {type: CharField, max_length: 60, nullable: true}
  - update_rows: Item
    source: Detail
    match: {id: item_id}
    set: {note: {source: text}}
  - remove_field: Detail.text
""",
        writes=("item", "detail"),
        forward={
            "mysql": ("UPDATE store_item i JOIN store_detail d ON d.item_id = i.id SET i.note = d.text",),
            "": ("UPDATE store_item AS i SET note = d.text FROM store_detail d WHERE d.item_id = i.id",),
        },
        backward={
            "mysql": ("UPDATE store_detail d JOIN store_item i ON d.item_id = i.id SET d.text = i.note",),
            "": ("UPDATE store_detail AS d SET text = i.note FROM store_item i WHERE d.item_id = i.id",),
        },
        loops={
            "save": """
                for item in Item.objects.all():
                    detail = Detail.objects.filter(item=item).first()
                    if detail:
                        item.note = detail.text
                        item.save()
            """,
            "bulk_update": """
                items = list(Item.objects.select_related("detail"))
                for item in items:
                    item.note = item.detail.text
                Item.objects.bulk_update(items, ["note"], batch_size=1000)
            """,
        },
    ),
    "copy columns to a new table": Story(
        steps="""\
  - create_model: Part
    fields:
      item_id: {type: BigIntegerField, primary_key: true}
      name: {type: CharField, max_length: 50}
      city: {type: CharField, max_length: 50}
  - copy_rows: Item
    into: Part
    copy: [name, city]
    set: {item_id: {field: id}}
  - remove_field: Item.name
  - remove_field: Item.city
""",
        writes=("item", "part"),
        forward=("INSERT INTO store_part (item_id, name, city) SELECT id, name, city FROM store_item",),
        backward={
            "mysql": (
                "UPDATE store_item i JOIN store_part p ON p.item_id = i.id SET i.name = p.name, i.city = p.city",
                "DELETE FROM store_part",
            ),
            "": (
                "UPDATE store_item AS i SET name = p.name, city = p.city FROM store_part p WHERE p.item_id = i.id",
                "DELETE FROM store_part",
            ),
        },
        bdmodels='CopyDataToPartial("Item", "Part")',
    ),
    "move a table": Story(
        steps="""\
  - create_model: Remark
    fields:
      item: {type: OneToOneField, to: Item, on_delete: CASCADE}
      kind: {type: IntegerField}
      text: {type: CharField, max_length: 60}
  - copy_rows: Detail
    into: Remark
    copy: [id, item_id, kind, text]
  - delete_model: Detail
""",
        writes=("detail", "remark"),
        forward=(
            "INSERT INTO store_remark (id, item_id, kind, text) SELECT id, item_id, kind, text FROM store_detail",
        ),
        backward=(
            "INSERT INTO store_detail (id, item_id, kind, text) SELECT id, item_id, kind, text FROM store_remark",
            "DELETE FROM store_remark",
        ),
    ),
    "insert by key, delete": Story(
        steps="""\
  - copy_rows: Item
    into: Archive
    copy: [code, name]
    key: code
    reverse:
      - delete_rows: Archive
        where: "~Q(name='archived')"
""",
        writes=("archive",),
        forward=(
            """
            INSERT INTO store_archive (code, name)
            SELECT code, name FROM store_item i WHERE NOT EXISTS (SELECT 1 FROM store_archive a WHERE a.code = i.code)
            """,
        ),
        backward=("DELETE FROM store_archive WHERE NOT name = 'archived'",),
    ),
    "delete, insert by key": Story(
        steps="""\
  - delete_rows: Detail
    where: {kind__lt: 2}
    reverse:
      - copy_rows: Item
        into: Detail
        copy: [id]
        set: {item_id: {field: id}, kind: {field: status}, text: {field: name}}
        where: {status__lt: 2}
        key: id
""",
        writes=("detail",),
        forward=("DELETE FROM store_detail WHERE kind < 2",),
        backward=(
            """
            INSERT INTO store_detail (id, item_id, kind, text)
            SELECT id, id, status, name FROM store_item i
            WHERE status < 2 AND NOT EXISTS (SELECT 1 FROM store_detail d WHERE d.id = i.id)
            """,
        ),
    ),
    "deduplicate": Story(
        steps="""\
  - deduplicate_rows: Detail
    key: [kind, text]
    keep: {first_by: id}
    reverse: {noop: the copies were never meant}
""",
        fill=("UPDATE store_detail SET kind = 0, text = REPLACE('pair #', '#', CAST(id - id % 2 AS CHAR(9)))",),
        writes=("detail",),
        forward={
            "mysql": (
                """
                DELETE d FROM store_detail d
                JOIN (SELECT kind, text, MIN(id) AS id FROM store_detail GROUP BY kind, text) k
                ON d.kind = k.kind AND d.text = k.text AND d.id > k.id
                """,
            ),
            "postgresql": (
                """
                DELETE FROM store_detail d
                USING (SELECT kind, text, MIN(id) AS id FROM store_detail GROUP BY kind, text) k
                WHERE d.kind = k.kind AND d.text = k.text AND d.id > k.id
                """,
            ),
            "sqlite": (
                "DELETE FROM store_detail WHERE id NOT IN (SELECT MIN(id) FROM store_detail GROUP BY kind, text)",
            ),
        },
        backward=(),
    ),
    "a call for each row": Story(
        steps="""\
  - add_field: Item.token
    field: {type: UUIDField, nullable: true}
  - update_rows: Item
    set: {token: {expr: uuid.uuid4}}
""",
        is_random=True,
        writes=("item",),
        forward=(),
        backward=(),
        loops={
            "save": """
                for item in Item.objects.all():
                    item.token = uuid.uuid4()
                    item.save()
            """,
        },
    ),
}
