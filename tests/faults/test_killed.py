"""The migrating process is killed with SIGKILL inside the data files, and started again: the rows are those of a run
that nobody interrupted, forward and back, on each database.

50 moments are drawn for each database, with a fixed seed: before, after and within a statement or a commit. Each starts
from what the one before has left, so a row that is wrong stays wrong.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

import databases
from faults.killing import Moment, Targets, killed, migrate, records
from harness import Runner, cases

HERE = Path(__file__).parent
MOMENTS = 50
LONGEST = 0.002  # seconds: what a statement or commit takes on these few rows

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Way:
    """One direction: where it goes, the statements on the way, and the rows at its end."""

    targets: Targets
    seen: list[str]
    end: Rows


@contextmanager
def ways(spec: Path, database: databases.Database, folder: Path) -> Iterator[tuple[Runner, Way, Way]]:
    """Compile a spec, and run it there and back once without interruption."""
    with cases.placed(spec, folder) as (project, read, config):
        files = cases.compiled(read, config)
        for file in files:
            project.write(f"{file.key[0]}/migrations/{file.key[1]}.py", file.text)
        last = {app: (app, name) for app, name in (file.key for file in files)}
        first = [(app, "0001_initial") for app in last]
        with Runner(database, project=project) as runner:
            runner.migrate(without=[file.key for file in files])
            runner.insert(rows())
            before = runner.snapshot()
            seen = migrate(runner, list(last.values()))
            there = Way(list(last.values()), seen, runner.snapshot())
            back = Way(first, migrate(runner, first), runner.snapshot())
            assert before != there.end
            assert before == back.end
            yield runner, there, back


def rows() -> Rows:
    """Rows enough for several ranges of every table, with holes between their keys."""
    orders = [uuid.UUID(int=number * number) for number in range(1, 30)]
    bulky = [{"id": number, "stock": number} for number in range(2, 40, 2)]
    return {
        "library.Publisher": [{"id": 1, "name": "Name 3", "city": "Oslo"}, {"id": 2, "name": "Other"}],
        "library.Tag": [{"id": 7, "slug": "prose"}],
        "shop.Category": [{"id": number, "name": f"Category {number}"} for number in (2, 3, 5)],
        "shop.Customer": [
            {"id": 1000 + 3 * number, "name": f"Name {number % 12}", "city": f"City {number}"} for number in range(25)
        ],
        "shop.Product": [
            {**product, "price": product["id"], "category_id": (2, 3, 5, None)[product["id"] % 4]} for product in bulky
        ],
        "shop.Order": [
            {"id": order, "customer_id": 1000 + 3 * (number % 25), "status": number % 3, "total": number % 4}
            for number, order in enumerate(orders)
        ],
        "shop.OrderLine": [
            *(
                {
                    "id": product["id"],
                    "order_id": orders[0],
                    "product_id": product["id"],
                    "quantity": product["stock"],
                    "unit_price": product["id"],
                }
                for product in bulky
                if product["stock"] >= 5
            ),
            *(
                {"id": 100 + number, "order_id": order, "product_id": 8, "quantity": 1 + number % 4}
                for number, order in enumerate(orders[1:])
            ),
        ],
    }


def drawn(seen: list[str], luck: random.Random) -> Moment:
    return Moment(luck.randrange(len(seen)), luck.choice(["before", "during", "after"]), luck.uniform(0, LONGEST))


def test_killed_at_drawn_moments(database: databases.Database, tmp_path: Path) -> None:
    luck = random.Random(database.vendor)
    with ways(HERE / "every_step.yaml", database, tmp_path) as (runner, *both):
        for number, way in zip(range(MOMENTS), cycle(both)):
            check(runner, way, drawn(way.seen, luck), f"moment {number}")


def test_killed_between_the_last_commit_and_the_record(database: databases.Database, tmp_path: Path) -> None:
    with ways(HERE / "every_step.yaml", database, tmp_path) as (runner, there, back):
        for number, other in zip(records(there.seen), records(back.seen), strict=True):
            check(runner, there, Moment(number, "before"), "forward")
            check(runner, back, Moment(other, "before"), "back")


@pytest.mark.parametrize("direction", ["there", "back"])
def test_steps_that_must_not_run_twice(direction: str, database: databases.Database, tmp_path: Path) -> None:
    """Before every statement and commit, also between the last commit and Django's own record: these steps are few."""
    with ways(HERE / "not_twice.yaml", database, tmp_path) as (runner, there, back):
        way, other = (there, back) if direction == "there" else (back, there)
        for number in range(len(way.seen)):
            if way is back or number:
                migrate(runner, other.targets)
            check(runner, way, Moment(number, "before"), direction)


def check(runner: Runner, way: Way, moment: Moment, what: str) -> None:
    """Kill a run at a moment, start it again, and compare the rows with those of the run without interruption."""
    killed(runner, way.targets, moment)
    migrate(runner, way.targets)
    sql = way.seen[moment.number]
    assert runner.snapshot() == way.end, f"{what}: killed {moment.when} statement {moment.number} ({sql})"
