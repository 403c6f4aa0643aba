"""Stories of row steps: a step, and the rows that it meets. What is emitted for a step must not matter to them."""

from __future__ import annotations

import datetime
import decimal
import uuid
from dataclasses import dataclass
from typing import Any

from migspec.compiler.emit.rows import RowStep
from migspec.compiler.reversing.reversal import Reversal
from migspec.dsl.expressions import parse
from migspec.schemas.data.rows import Column, Constant, Delete, Filter, Insert, Join, Lookups, Update
from row_steps import (
    CITY,
    COUNTRY,
    DINER,
    HOME,
    LABEL,
    PART,
    STAY,
    TARIFF,
    computed,
    constants,
    mapped,
    own,
    source,
    step,
    where,
)

TOKEN = uuid.UUID(int=7)
VALUES: dict[str, Any] = {
    "data": {"a": [1, None, "x"]},
    "ip": "10.0.0.1",
    "day": datetime.date(2024, 2, 29),
    "price": decimal.Decimal("10.50"),
    "slug": 'it\'s 100% \\ "x"',
    "token": TOKEN,
    "city_id": 4,
    "code": None,
}
STATUS = {0: "new", 1: "paid"}
COUNTRIES = (constants(code="us", name="USA"), constants(code="fr", name="France"))
CITIES = [{"id": 7, "name": "Oslo"}, {"id": 8, "name": "Bergen"}]
HOMES = [{"id": id, "order": "old"} for id in (1, 2, 3)]
STAYS = [
    {"id": 1, "home_id": 1, "city_id": 7, "name": "a", "code": 0},
    {"id": 2, "home_id": 1, "city_id": 8, "name": "b", "code": 1, "current": False},
    {"id": 3, "home_id": 2, "city_id": 7, "name": "c", "code": 1},
]
NEWEST = Join(source=STAY, on=(("id", "home_id"),), order=("-id",))


@dataclass(frozen=True)
class Story:
    """A step and the rows that it meets."""

    step: RowStep
    rows: dict[str, list[dict[str, Any]]]


def story(one: RowStep, **rows: list[dict[str, Any]]) -> Story:
    """Give a story; what a row does not name is the same each time that it is told."""
    for model, listed in rows.items():
        named = {"Tariff": {}, "Country": {"name": "x"}}.get(model, {"name": "x"})
        numbered = model not in ("Tariff", "Country")
        rows[model] = [{**named, **({"id": n} if numbered else {}), **row} for n, row in enumerate(listed, 1)]
    return Story(one, rows)


def maps(unmatched: Any, nulls: Any, path: str, *, several: bool) -> Story:
    assign = [("slug", mapped(own(path), STATUS, unmatched=unmatched, nulls=nulls))]
    change = Update(model=HOME, assign=(*assign, *(constants(order="x") if several else ())))
    cities = [{"id": 1, "code": 0}, {"id": 2, "code": 7}]
    homes = [{"slug": "old", "code": code, "city_id": city} for code, city in ((0, 1), (7, 2), (None, None))]
    return story(step(change), City=cities, Home=homes)


def insert_keyed(assign: Any, key: tuple[str, ...], **arguments: Any) -> RowStep:
    return step(Insert(model=LABEL, source=STAY, assign=assign, key=key, **arguments))


POLICIES: list[tuple[Any, Any]] = [
    ("keep", "keep"),
    ("null", "null"),
    ("keep", "null"),
    ("null", "keep"),
    (Constant("other"), Constant("none")),
    (Constant("other"), "keep"),
    ("keep", Constant("none")),
]

STORIES = {
    "a constant": story(
        step(
            Update(model=HOME, assign=constants(order="x"), where=where(order__isnull=True)),
            back=Update(model=HOME, assign=constants(order=None), where=where(order="x")),
        ),
        Home=[{"id": id, "order": "y" if id == 3 else None} for id in range(1, 6)],
    ),
    "constants of all kinds": story(
        step(Update(model=HOME, assign=constants(**VALUES), where=where(id=1))),
        City=[{"id": 4}],
        Home=[{"id": 1, "code": 3}, {"id": 2, "code": 3}],
    ),
    "constants of all kinds in conditions": story(
        step(
            Update(
                model=HOME,
                assign=constants(order="x"),
                where=where(**{name: value for name, value in VALUES.items() if value is not None and name != "data"}),
            ),
            back=Update(model=HOME, assign=constants(order=None), where=where(day__in=[VALUES["day"]], token=TOKEN)),
        ),
        City=[{"id": 4}],
        Home=[VALUES, {}],
    ),
    "maps to all kinds": story(
        step(
            Update(
                model=HOME,
                assign=tuple(
                    (name, mapped(own("n"), {1: value, 3: None}, unmatched="keep", nulls="keep"))
                    for name, value in VALUES.items()
                    if value is not None
                ),
            )
        ),
        City=[{"id": 4}],
        Home=[{"n": 1}, {"n": 2, "token": uuid.UUID(int=8), "price": decimal.Decimal("1.25"), "data": {}}, {"n": 3}],
    ),
    "columns and paths": story(
        step(Update(model=HOME, assign=(("slug", own("name")), ("order", own("city__name"))))),
        City=CITIES,
        Home=[{"id": 1, "name": "a", "city_id": 7}, {"id": 2, "name": "b"}],
    ),
    "rows that a manager hides": story(
        step(Update(model=HOME, assign=constants(order="x"))), Home=[{"name": "hidden"}, {"name": "seen"}]
    ),
    "an expression and its inverse": story(
        step(
            Update(model=HOME, assign=(("n", computed("F('n') + 5", "n")),)),
            back=Update(model=HOME, assign=(("n", computed("F('n') - 5", "n")),)),
        ),
        Home=[{"n": 1}, {"n": 2}],
    ),
    "expressions over related rows": story(
        step(
            Update(
                model=HOME,
                assign=(
                    ("slug", computed("Concat('name', Value('-'), 'city__name')", "name", "city__name")),
                    ("n", computed("Count('stay')", "stay")),
                ),
            )
        ),
        City=CITIES,
        Home=[{"id": 1, "name": "a", "city_id": 7}, {"id": 2, "name": "b"}],
        Stay=[{"home_id": 1}, {"home_id": 1}],
    ),
    "a condition over a foreign key": story(
        step(Update(model=HOME, assign=constants(n=5), where=where(city__name="Oslo"))),
        City=CITIES,
        Home=[{"city_id": 7}, {"city_id": 8}, {}],
    ),
    "a condition over many related rows": story(
        step(Update(model=HOME, assign=constants(n=5), where=where(stay__current=True))),
        Home=[{"id": 1}, {"id": 2}],
        Stay=[{"home_id": 1}, {"home_id": 1}],
    ),
    "a condition as an expression": story(
        step(
            Update(
                model=HOME,
                assign=constants(order="x"),
                where=Filter(parse("Q(n__gt=1) & ~Q(city__name='Oslo')"), ("n", "city__name")),
            )
        ),
        City=CITIES,
        Home=[{"n": 1}, {"n": 2}, {"n": 3, "city_id": 7}],
    ),
    "text with wildcards": story(
        step(
            Update(model=HOME, assign=constants(order="x"), where=where(name__contains="50%_\\")),
            back=Update(model=HOME, assign=constants(order=None), where=where(name__istartswith="A 50%")),
        ),
        Home=[{"name": "a 50%_\\ b"}, {"name": "a 50x_\\ b"}],
    ),
    "a column of the row in a condition": story(
        step(
            Update(model=HOME, assign=constants(order="x"), where=Lookups((("n__gt", Column("code")),), ("n", "code")))
        ),
        Home=[{"n": 1, "code": 1}, {"n": 2, "code": 1}, {"n": 3}],
    ),
    "a swap of values": story(
        step(
            Update(
                model=HOME,
                assign=(("order", mapped(own("order"), {"a": "b", "b": "a"}, unmatched="keep", nulls="keep")),),
            ),
            back=Update(
                model=HOME,
                assign=(("order", mapped(own("order"), {"b": "a", "a": "b"}, unmatched="keep", nulls="keep")),),
            ),
        ),
        Home=[{"order": order} for order in ("a", "b", "c", None)],
    ),
    "a swap of columns": story(
        step(Update(model=HOME, assign=(("n", own("code")), ("code", own("n"))), where=where(code__isnull=False))),
        Home=[{"n": 1, "code": 2}, {"n": 3, "code": 4}, {"n": 5}],
    ),
    "a column that is written and read": story(
        step(Update(model=HOME, assign=(("name", Constant("new")), ("order", own("name"))))), Home=[{"name": "old"}]
    ),
    "columns of the newest source row": story(
        step(
            Update(
                model=HOME,
                assign=(
                    ("city_id", source("city_id")),
                    ("name", source("city__name")),
                    ("slug", mapped(source("code"), STATUS, unmatched="keep", nulls="keep")),
                    ("order", computed("Upper('name')", "name", of="source")),
                    ("n", own("id")),
                ),
                join=NEWEST,
            ),
            back=Reversal(
                changes=(
                    Delete(model=STAY, cascade=False),
                    Insert(
                        model=STAY,
                        source=HOME,
                        assign=(("home_id", source("id")), ("city_id", source("city_id"))),
                        where=where(city_id__isnull=False),
                        key=("home_id",),
                    ),
                ),
                fidelity="best effort",
                differs="one row for each Home",
            ),
        ),
        City=CITIES,
        Home=HOMES,
        Stay=STAYS,
    ),
    "a source narrowed by a condition and two columns": story(
        step(
            Update(
                model=HOME,
                assign=(("order", source("name")),),
                join=Join(source=STAY, on=(("id", "home_id"), ("code", "code")), where=where(current=True)),
            )
        ),
        City=CITIES,
        Home=[{"id": 1, "code": 1}, {"id": 2, "code": 1}, {"id": 3, "code": None}],
        Stay=[*STAYS, {"id": 4, "home_id": 3, "code": None}],
    ),
    "a source that is the table itself": story(
        step(
            Update(model=HOME, assign=(("order", source("name")),), join=Join(source=HOME, on=(("parent_id", "id"),)))
        ),
        Home=[{"id": 1, "name": "a"}, {"id": 2, "name": "b", "parent_id": 1}, {"id": 3, "name": "c", "parent_id": 2}],
    ),
    "a source and a condition over a foreign key": story(
        step(
            Update(model=HOME, assign=(("order", source("name")),), join=NEWEST, where=where(city__name="Oslo")),
        ),
        City=CITIES,
        Home=[{"id": 1, "city_id": 7}, {"id": 2, "city_id": 8}],
        Stay=STAYS,
    ),
    "composite keys": story(
        step(Update(model=TARIFF, assign=constants(n=4), where=where(day__gt=datetime.date(2024, 1, 1)))),
        Tariff=[{"zone": TOKEN, "day": datetime.date(2024, 1, day)} for day in (1, 2, 3)],
    ),
    "a proxy": story(
        step(Update(model=DINER, assign=constants(name="x"), where=where(id__gt=1))),
        Place=[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    ),
    "literal rows that are not there": story(
        step(
            Insert(model=COUNTRY, rows=COUNTRIES, key=("code",)),
            back=Delete(model=COUNTRY, rows=COUNTRIES, cascade=False),
        ),
        Country=[{"code": "fr", "name": "Frankreich"}],
    ),
    "literal rows bring up to date": story(
        step(Insert(model=COUNTRY, rows=COUNTRIES, key=("code",), existing="update")),
        Country=[{"code": "fr", "name": "Frankreich", "note": "kept"}],
    ),
    "literal rows that must be new": story(
        step(
            Insert(model=COUNTRY, rows=COUNTRIES, key=("code",), existing="error"),
            back=Delete(model=COUNTRY, rows=(constants(code="us"), constants(code="fr")), cascade=False),
        ),
        Country=[{"code": "de"}],
    ),
    "keys of several columns and NULL": story(
        step(
            Insert(
                model=LABEL,
                rows=(constants(name="a", kind="x", home_id=None), constants(name="b", kind="x", home_id=1)),
                key=("name", "home_id"),
            ),
            back=Delete(model=LABEL, rows=(constants(name="a", home_id=None), constants(name="b")), cascade=False),
        ),
        Home=[{"id": 1}],
        Label=[{"name": "b", "kind": "y", "home_id": None}, {"name": "a", "kind": "z", "home_id": 1}],
    ),
    "literal rows without a key": story(
        step(
            Insert(model=LABEL, rows=(constants(id=40, name="a", kind="x"), constants(id=41, name="b", kind="y"))),
            back=Delete(model=LABEL, rows=(constants(id=40), constants(id=41)), cascade=False),
        ),
    ),
    "literal rows of all kinds": story(
        step(
            Insert(model=HOME, rows=(constants(id=1, name="a", n=0, **VALUES), constants(id=2, name="b", n=0, code=1))),
            back=Delete(
                model=HOME,
                rows=(
                    constants(**{name: VALUES[name] for name in ("slug", "token", "day", "price", "ip")}),
                    constants(name="b", data=None, slug=None),
                ),
                cascade=False,
            ),
        ),
        City=[{"id": 4}],
    ),
    "literal rows of all kinds by key": story(
        step(
            Insert(
                model=HOME,
                rows=(
                    constants(id=8, name="a", n=0, **VALUES),
                    constants(id=1, name="b", n=1, **VALUES | {"token": None, "data": None}),
                ),
                key=("name",),
                existing="update",
            )
        ),
        City=[{"id": 4}],
        Home=[{"name": "b", "n": 3}],
    ),
    "a row for each source row": story(
        step(
            Insert(
                model=LABEL,
                source=HOME,
                assign=(
                    ("home_id", source("id")),
                    ("name", source("city__name")),
                    ("kind", mapped(source("code"), STATUS, unmatched=Constant("other"), nulls=Constant("none"))),
                    ("data", Constant({"a": 1})),
                    ("token", Constant(None)),
                ),
                where=where(n=0),
                key=("home_id",),
            ),
            back=Delete(model=LABEL, where=where(home_id__isnull=False), cascade=False),
        ),
        City=CITIES,
        Home=[{"id": 1, "code": 0, "city_id": 7}, {"id": 2, "code": 9}, {"id": 3, "n": 1}, {"id": 4, "name": "hidden"}],
        Label=[{"home_id": 2, "kind": "there"}],
    ),
    "copied keys": story(
        step(
            Insert(
                model=CITY,
                source=HOME,
                assign=(("id", source("id")), ("name", source("name")), ("code", source("n"))),
                key=("id",),
            ),
            fresh=frozenset({CITY}),
        ),
        Home=[{"id": 5, "name": "a"}, {"id": 6, "name": "b"}],
    ),
    "a primary key that is a foreign key": story(
        step(
            Insert(
                model=PART, source=HOME, assign=(("home_id", source("id")), ("name", source("name"))), key=("home_id",)
            ),
            back=Update(
                model=HOME, assign=(("name", source("name")),), join=Join(source=PART, on=(("id", "home_id"),))
            ),
        ),
        Home=[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    ),
    "several source rows with one key": story(
        insert_keyed((("name", source("name")), ("kind", Constant("x")), ("home_id", source("home_id"))), ("name",)),
        Home=HOMES,
        Stay=[{"home_id": home, "name": name} for home, name in ((1, "a"), (2, "b"), (3, "a"), (1, "b"), (1, "a"))],
    ),
    "several source rows with nothing but the key": story(
        insert_keyed((("name", source("name")), ("kind", Constant("x"))), ("name",)),
        Home=HOMES,
        Stay=[{"home_id": home, "name": name} for home, name in ((1, "a"), (2, "b"), (3, "a"))],
    ),
    "rows that are there are brought up to date": story(
        step(
            Insert(
                model=LABEL,
                source=HOME,
                assign=(("home_id", source("id")), ("name", source("name")), ("kind", Constant("x"))),
                key=("home_id", "kind"),
                existing="update",
            )
        ),
        Home=[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
        Label=[{"home_id": 1, "kind": "x", "name": "old"}, {"home_id": 2, "kind": "y", "name": "old"}],
    ),
    "a key that is computed": story(
        insert_keyed(
            (("name", computed("Upper('name')", "name", of="source")), ("home_id", source("home_id"))), ("name",)
        ),
        Home=HOMES,
        Stay=[{"home_id": 1, "name": "a"}, {"home_id": 2, "name": "A"}, {"home_id": 3, "name": "b"}],
        Label=[{"name": "B"}],
    ),
    "rows of the same table": story(
        step(
            Insert(
                model=STAY,
                source=STAY,
                assign=(("home_id", source("home_id")), ("name", Constant("copy"))),
                where=where(current=True),
            )
        ),
        City=CITIES,
        Home=HOMES,
        Stay=STAYS,
    ),
    "a condition that would repeat the source rows": story(
        step(
            Insert(model=LABEL, source=HOME, assign=(("home_id", source("id")),), where=where(stay__code__isnull=False))
        ),
        City=CITIES,
        Home=HOMES,
        Stay=STAYS,
    ),
    "a column copied twice": story(
        step(Insert(model=LABEL, source=HOME, assign=(("name", source("name")), ("kind", source("name"))))),
        Home=[{"name": "a"}],
    ),
    "delete alone": story(
        step(Delete(model=STAY, where=where(home__n=1), cascade=False)),
        City=CITIES,
        Home=[{"id": 1, "n": 1}, {"id": 2}],
        Stay=STAYS,
    ),
    "delete follows on_delete": story(
        step(Delete(model=CITY, where=where(name="Oslo"))),
        City=CITIES,
        Home=[{"id": 1, "city_id": 7}, {"id": 2, "city_id": 8}, {"id": 3, "city_id": 7}],
        Stay=STAYS,
    ),
    "delete every row": story(step(Delete(model=LABEL)), Label=[{"name": "a"}, {"name": "b"}]),
    "changes of several tables": story(
        step(
            Update(model=HOME, assign=constants(order="x")),
            Delete(model=STAY, where=where(current=False)),
            Insert(model=COUNTRY, rows=COUNTRIES, key=("code",)),
            back=Reversal(
                changes=(
                    Delete(model=COUNTRY, rows=COUNTRIES, cascade=False),
                    Update(model=HOME, assign=constants(order=None)),
                ),
                fidelity="best effort",
                differs="the stays that were not current do not come back",
            ),
        ),
        City=CITIES,
        Home=HOMES,
        Stay=STAYS,
    ),
    **{
        f"a map of {path} that gives {unmatched}, {nulls}"
        + (", and more" if several else ""): maps(unmatched, nulls, path, several=several)
        for unmatched, nulls in POLICIES
        for path, several in (("code", False), ("code", True), ("city__code", False))
    },
}
