"""The summary of each data step: rows written and claims held, the same on every database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import databases
from cli.test_cli import Session
from harness.compiling import workshop

HERE = Path(__file__).parent

# New keys that the database gives, a side table, a whole table, code of the author, and a step that stays undone.
SPEC = """
    after: 0001_initial
    steps:
      - copy_rows: Customer
        into: Category
        set: {name: {field: name}, position: 7}
        reverse: {irreversible: they look like all others}
        where: {points__lt: 0}
      - insert_rows: Category
        rows: [{name: Ink}, {name: Pens}, {name: Books}]
        key: name
      - update_rows: Product
        set: {stock: {expr: "F('stock') + 1"}}
      - update_rows: Customer
        keep_old: true
        set: {city: Oslo}
        where: {country: "no"}
      - run_python: |
          Customer = apps.get_model("shop", "Customer")
          Customer.objects.using(schema_editor.connection.alias).filter(country="se").update(points=1)
        uses: [Customer]
        reverse: {noop: nobody counts them}
      - delete_rows: Category
        where: {name: Ink}
        reverse: {noop: nobody misses it}

    tests:
      - name: rows
        given:
          Product: [{stock: 1}, {stock: 2}]
          Customer: [{country: "no", city: Bergen}, {country: se, points: -1}, {country: se}]
        expect: {}
      - name: more rows
        given:
          Customer: [{country: "no", city: Bergen}]
          Category: [{name: Pens}]
        expect: {}
"""
SPEC_BACK = SPEC.replace("reverse: {irreversible: they look like all others}", "reverse: {noop: nobody minds}")


def test_rows_and_claims(database: databases.Database, tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    server = {"postgresql": databases.postgresql_url, "mysql": databases.mysql_url}.get(database.vendor)
    with workshop(tmp_path) as made:
        made.project.write("pyproject.toml", '[tool.migspec]\ndatabases = ["mysql", "postgresql", "sqlite"]\n')
        session = Session(made)
        said = ""
        for spec in (SPEC, SPEC_BACK):
            made.spec("shop/steps", spec)
            run = session.run("verify", "--database", server() if server else "sqlite", "--format", "json")
            assert session.code == 0, run
            for result in json.loads(run)["results"]:
                said += f"{result['test']}\n" + "".join(f"  {json.dumps(step)}\n" for step in result["steps"])
        golden(HERE / "steps.txt", said)
