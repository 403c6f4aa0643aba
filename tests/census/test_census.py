"""What a census says of specs on real rows, as golden files, and that the migration then does what it said."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connections
from django.db.utils import DatabaseError

import databases
from cli.test_cli import Session
from harness import Runner
from harness.compiling import workshop
from harness.fill import insert
from migspec.compiler.census.database import NotASelect, named, reading

HERE = Path(__file__).parent
SPECS = sorted((HERE / "specs").glob("*.yaml"))
NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)

Golden = Callable[[Path, str], None]

ROWS: dict[str, list[dict[str, Any]]] = {
    "Category": [{"id": 1, "name": "Books"}, {"id": 2, "name": "Pens"}, {"id": 3, "name": "Books", "parent_id": 2}],
    "Product": [
        {"id": 1, "sku": "a", "name": "Pen", "category_id": 2, "price": 3, "currency": "EUR", "stock": 70_000},
        {"id": 2, "sku": "b", "name": "Pen", "category_id": 2, "price": 4, "currency": "EUR", "active": False},
        {"id": 3, "sku": "c", "name": "Atlas", "price": 2_500, "currency": "DKK", "stock": -4},
        {"id": 4, "sku": "d", "name": "Ink", "price": 9, "currency": "NOK"},
    ],
    "Customer": [
        {"id": 1, "name": "Ada", "email": "a@example.org", "city": "Oslo", "country": "no", "points": 3},
        {"id": 2, "name": "Eve", "email": "e@example.org", "city": "Lund", "country": "se", "points": -1},
        {"id": 3, "name": "A name of thirty characters, al", "email": "e@example.org", "city": "Å", "country": "no"},
    ],
    "Order": [
        {"id": "00000000-0000-0000-0000-00000000000a", "number": 1, "customer_id": 1, "status": 1, "placed_at": NOON},
        {"id": "00000000-0000-0000-0000-00000000000b", "number": 2, "customer_id": 2, "status": 2, "placed_at": NOON},
        {"id": "00000000-0000-0000-0000-00000000000c", "number": 3, "customer_id": 1, "status": 9, "placed_at": NOON},
    ],
    "OrderLine": [
        {"id": 1, "order_id": "00000000-0000-0000-0000-00000000000a", "product_id": 1, "unit_price": 3},
        {"id": 2, "order_id": "00000000-0000-0000-0000-00000000000b", "product_id": 2, "unit_price": 3},
        {
            "id": 3,
            "order_id": "00000000-0000-0000-0000-00000000000b",
            "product_id": 4,
            "unit_price": 3,
            "quantity": 500,
        },
    ],
}


def url_of(database: databases.Database) -> str:
    """Give the URL by which a person names the database."""
    if database.vendor == "sqlite":
        return f"sqlite:///{database.settings['NAME']}"
    entry = {key: quote(str(database.settings.get(key) or ""), safe="") for key in ("USER", "PASSWORD", "PORT", "NAME")}
    host = str(database.settings.get("HOST") or "")
    server, query = ("", f"?host={quote(host, safe='')}") if host.startswith("/") else (host, "")
    port = f":{entry['PORT']}" if entry["PORT"] else ""
    return f"{database.vendor}://{entry['USER']}:{entry['PASSWORD']}@{server}{port}/{entry['NAME']}{query}"


class Counting(Session):
    """Runs of the command on one database."""

    database: databases.Database
    runner: Runner

    def census(self, *arguments: str) -> str:
        """Run `migspec census` there; give what it says, without the name of the database."""
        said = self.run("census", *arguments, "--database", url_of(self.database))
        return said.replace(named(url_of(self.database)).name, "DATABASE")

    def seen_census(self, *arguments: str) -> str:
        """Give a run as a person sees it."""
        said = self.census(*arguments)
        return f"$ migspec census {' '.join([*arguments, '--database DATABASE'])}\n{said}exit {self.code}\n\n"

    def insert(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        from django.db.migrations.executor import MigrationExecutor

        apps = MigrationExecutor(self.runner.connection)._create_project_state(with_applied_migrations=True).apps
        for name, some in rows.items():
            insert(self.runner.connection, apps.get_model("shop", name), some)
        self.runner.connection.close()


@pytest.fixture
def counting(tmp_path: Path, database: databases.Database) -> Iterator[Counting]:
    """A project whose migrations are applied, with rows."""
    with workshop(tmp_path) as made:
        made.project.write("pyproject.toml", '[tool.migspec]\ndatabases = ["mysql", "postgresql", "sqlite"]\n')
        session = Counting(made)
        session.database = database
        with Runner(database, project=made.project) as runner:
            session.runner = runner
            runner.migrate()
            session.insert(ROWS)
            yield session


def copied(session: Counting, path: Path) -> None:
    target = session.made.path("shop/migspecs") / path.name
    target.parent.mkdir(exist_ok=True)
    shutil.copy(path, target)


@contextmanager
def stops(expected: bool) -> Iterator[None]:
    if expected:
        with pytest.raises(Exception):  # noqa: B017, PT011 (of the database, of Django or of the generated code)
            yield
    else:
        yield


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_what_it_says_and_what_then_happens(path: Path, counting: Counting, golden: Golden) -> None:
    copied(counting, path)
    said = counting.census(path.stem)
    vendor = counting.database.vendor
    said = said.replace(f"(DATABASE: {vendor})", "(DATABASE)")
    own = path.with_suffix(f".{vendor}.txt")
    golden(own if own.exists() else path.with_suffix(".txt"), f"{said}exit {counting.code}\n")
    counting.made.compile(path.stem)
    with stops(counting.code == 1):
        counting.runner.migrate()


def test_only_selects_run(counting: Counting) -> None:
    update = "UPDATE shop_product SET stock = 1"
    with reading(named(url_of(counting.database))) as connection:
        for statement in (update, "DROP TABLE shop_product", " ( WITH gone AS (DELETE FROM shop_product) SELECT 1)"):
            with connection.cursor() as cursor, pytest.raises(NotASelect):
                cursor.execute(statement)
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM shop_product WHERE stock = 1")
            assert cursor.fetchone() == (0,)
        wrappers, connection.execute_wrappers = connection.execute_wrappers, []  # the database itself refuses, too
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute(update)
        connection.execute_wrappers = wrappers


def test_a_database_that_is_not_at_the_place(tmp_path: Path, golden: Golden) -> None:
    with workshop(tmp_path) as made, databases.fresh("sqlite", tmp_path) as database:
        made.project.write("pyproject.toml", '[tool.migspec]\ndatabases = ["sqlite"]\n')
        session = Counting(made)
        session.database = database
        said = session.seen_census().replace(database.settings["NAME"], "FILE")
        copied(session, HERE / "specs" / "clean.yaml")
        following = "after: clean\nsteps:\n  - update_rows: Customer\n    set: {score: 1}\n    reverse: {noop: no}\n"
        made.spec("shop/following", following)
        with Runner(database, project=made.project) as runner:
            session.runner = runner
            connections["scratch"].ensure_connection()  # which makes the file
            said += session.seen_census("clean")
            runner.migrate()
            said += session.seen_census()
            made.compile("clean")
            said += session.seen_census("following")
            runner.migrate_to("shop", "0002_clean_schema")
            said += session.seen_census("clean")
            runner.migrate()
            said += session.seen_census("clean", "following")
            said += session.seen_census()
        for name in ("defalt", "sqlite:////nowhere/file.sqlite3", "mysql://root@localhost/", "oracle://a@b/c"):
            session.seen = ""
            session.run("census", "--database", name)
            said += session.seen
    golden(HERE / "places.txt", said)


def test_json(tmp_path: Path) -> None:
    with workshop(tmp_path) as made, databases.fresh("sqlite", tmp_path) as database:
        session = Counting(made)
        session.database = database
        copied(session, HERE / "specs" / "row_steps.yaml")
        with Runner(database, project=made.project) as runner:
            session.runner = runner
            runner.migrate()
            session.insert(ROWS)
            found = json.loads(session.census("--format", "json"))
    assert (session.code, found["fails"]) == (1, True)
    (spec,) = found["specs"]
    first, second, third, *_ = spec["steps"]
    assert first["rows"] == [{"model": "Product", "rows": 3, "of": 4, "also": [], "unknown": ""}]
    assert first["findings"] == [
        {
            "code": "E811",
            "message": "the map of Product.currency does not name these values (1 row)",
            "count": 1,
            "values": ["'DKK'"],
            "fails": True,
        }
    ]
    assert (second["step"], second["verb"], second["about"], second["line"]) == (2, "update_rows", "Customer", 8)
    assert third["rows"][0]["also"] == ["1 row there already (left alone)"]
