"""Row steps on three databases: forward, back and forward again, and cut off half-way."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, models
from django.test import override_settings

import databases
from databases import Database
from harness import Runner
from migspec.compiler.emit.local import Constants
from migspec.compiler.emit.rows import CannotEmit, emit_row_step, is_ranged
from migspec.compiler.reversing.reversal import Reversal
from migspec.dsl.expressions import parse
from migspec.schemas.data.rows import (
    Constant,
    Delete,
    Filter,
    Insert,
    Join,
    JsonChange,
    ModelKey,
    Numbered,
    PythonValue,
    Reshaped,
    Update,
)
from row_steps import (
    CITY,
    COUNTRY,
    DINER,
    HOME,
    LABEL,
    PART,
    PLACE,
    RESTAURANT,
    STAY,
    TARIFF,
    back,
    column,
    computed,
    constants,
    forget,
    forward,
    mapped,
    own,
    per_row,
    running,
    source,
    state,
    step,
    tables,
    text_of,
    where,
)


@pytest.fixture(scope="module", params=databases.VENDORS)
def homes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """The tables of SCHEMA on each database, empty at the start of every test."""
    try:
        with databases.fresh(request.param, tmp_path_factory.mktemp("homes")) as database, tables(database) as run:
            yield run
    except databases.Unavailable as reason:
        if databases.required():
            pytest.fail(f"{request.param}: {reason}", pytrace=False)
        pytest.skip(f"{request.param}: {reason}")


# --- update, without a join ---


def test_a_constant(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=constants(order="x"), where=where(order__isnull=True)), batch=2)
    given = [{"id": id, "order": "y" if id == 3 else None} for id in range(1, 6)]
    with running(homes, one, Home=given) as run:
        forward(run)
        assert column(run, "Home.order") == ["x", "x", "y", "x", "x"]


RESHAPED = Reshaped(own("data"), JsonChange(rename=(("a", "b"),)))
JSON = [
    {"id": 1, "data": {"a": 1}},
    {"id": 2, "data": models.Value(None, models.JSONField())},  # JSON's own null
    {"id": 3, "data": None},
]


@pytest.mark.parametrize(
    "beside",
    [[], [("slug", computed("Value('x')"))], [("token", per_row("uuid.uuid4"))]],
    ids=["alone", "computed", "called"],
)
def test_null_of_json_is_no_null(homes: Runner, beside: list[tuple[str, Any]]) -> None:
    with running(homes, step(Update(model=HOME, assign=(*beside, ("data", RESHAPED)))), Home=JSON) as run:
        forward(run)
        assert column(run, "Home.data") == [{"b": 1}, None, None]
        rows = run.model("homes.Home")._base_manager.using(run.connection.alias)
        assert [row.pk for row in rows.filter(data__isnull=True)] == [3]
        for name, _ in beside:
            assert None not in column(run, f"Home.{name}")


def test_null_of_json_in_another_column(homes: Runner) -> None:
    change = Update(model=LABEL, assign=(("more", RESHAPED),))
    given = [{**row, "more": {"old": 1}} for row in JSON]
    with running(homes, step(change), Label=given) as run:
        forward(run)
        assert column(run, "Label.more") == [{"b": 1}, None, None]
        rows = run.model("homes.Label")._base_manager.using(run.connection.alias)
        assert [row.pk for row in rows.filter(more__isnull=True)] == [3]


def test_no_rows(homes: Runner) -> None:
    with running(homes, step(Update(model=HOME, assign=constants(order="x")))) as run:
        forward(run)
        back(run)
        forward(run)


def test_constants_of_all_kinds(homes: Runner) -> None:
    token = uuid.UUID(int=7)
    values: dict[str, Any] = {
        "data": {"a": [1, None, "x"]},
        "ip": "10.0.0.1",
        "day": datetime.date(2024, 2, 29),
        "price": decimal.Decimal("10.50"),
        "slug": 'it\'s 100% \\ "x"',
        "token": token,
        "city_id": 4,
        "code": None,
    }
    one = step(Update(model=HOME, assign=constants(**values), where=where(id=1)))
    with running(homes, one, City=[{"id": 4}], Home=[{"id": 1, "code": 3}, {"id": 2, "code": 3}]) as run:
        forward(run)
        assert run.rows("homes.Home", *values)[0] == values
        assert column(run, "Home.code") == [None, 3]


def test_another_column_and_a_path(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=(("slug", own("name")), ("order", own("city__name")))), batch=1)
    given = [{"id": 1, "name": "a", "city_id": 9}, {"id": 2, "name": "b"}]
    with running(homes, one, City=[{"id": 9, "name": "Oslo"}], Home=given) as run:
        forward(run)
        assert run.rows("homes.Home", "slug", "order") == [{"slug": "a", "order": "Oslo"}, {"slug": "b", "order": None}]


def test_rows_that_a_manager_hides_are_written(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=constants(order="x")))
    with running(homes, one, Home=[{"name": "hidden"}, {"name": "seen"}]) as run:
        forward(run)
        assert column(run, "Home.order") == ["x", "x"]


def test_an_expression_is_undone_and_not_run_in_ranges(homes: Runner) -> None:
    one = step(
        Update(model=HOME, assign=(("n", computed("F('n') + 5", "n")),)),
        back=Update(model=HOME, assign=(("n", computed("F('n') - 5", "n")),)),
    )
    assert not is_ranged(one)
    with running(homes, one, Home=[{"n": 1}, {"n": 2}]) as run:
        forward(run)
        assert column(run, "Home.n") == [6, 7]
        back(run)
        assert column(run, "Home.n") == [1, 2]
        forward(run)
        assert column(run, "Home.n") == [6, 7]


def test_an_expression_over_related_rows(homes: Runner) -> None:
    one = step(
        Update(
            model=HOME,
            assign=(
                ("slug", computed("Concat('name', Value('-'), 'city__name')", "name", "city__name")),
                ("n", computed("Count('stay')", "stay")),
            ),
        )
    )
    given = [{"id": 1, "name": "a", "city_id": 9}, {"id": 2, "name": "b"}]
    stays = [{"home_id": 1}, {"home_id": 1}]
    with running(homes, one, City=[{"id": 9, "name": "Oslo"}], Home=given, Stay=stays) as run:
        forward(run)
        assert column(run, "Home.n") == [2, 0]
        assert column(run, "Home.slug")[0] == "a-Oslo"


def test_a_condition_over_many_related_rows(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=constants(n=5), where=where(stay__current=True)), batch=1)
    with running(homes, one, Home=[{"id": 1}, {"id": 2}], Stay=[{"home_id": 1}, {"home_id": 1}]) as run:
        forward(run)
        assert column(run, "Home.n") == [5, 0]


def test_a_condition_as_an_expression(homes: Runner) -> None:
    condition = Filter(parse("Q(n__gt=1) & ~Q(city__name='Oslo')"), ("n", "city__name"))
    one = step(Update(model=HOME, assign=constants(order="x"), where=condition))
    given = [{"id": 1, "n": 1}, {"id": 2, "n": 2}, {"id": 3, "n": 3, "city_id": 9}]
    with running(homes, one, City=[{"id": 9, "name": "Oslo"}], Home=given) as run:
        forward(run)
        assert column(run, "Home.order") == [None, "x", None]


def test_a_value_of_its_own_for_each_row(homes: Runner) -> None:
    change = Update(
        model=HOME, assign=(("token", per_row("uuid.uuid4")), *constants(order="x")), where=where(token__isnull=True)
    )
    one = step(change, back=Reversal(changes=(), fidelity="exact"), batch=2)
    assert is_ranged(one)
    first = uuid.UUID(int=1)
    with running(homes, one, Home=[{"token": first if n == 1 else None} for n in range(5)]) as run:
        forward(run)
        assert len(set(column(run, "Home.token")) - {None}) == 5
        assert column(run, "Home.token")[1] == first
        assert column(run, "Home.order") == ["x", None, "x", "x", "x"]


def test_a_value_of_its_own_where_nothing_says_which_rows_are_done(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=(("token", per_row("uuid.uuid4")),)), batch=2)
    assert not is_ranged(one)
    with running(homes, one, Home=[{}] * 5) as run:
        forward(run)
        assert len(set(column(run, "Home.token")) - {None}) == 5


def test_composite_keys_in_ranges(homes: Runner) -> None:
    days = [datetime.date(2024, 1, day) for day in (1, 2, 3)]
    rows = [{"zone": uuid.UUID(int=zone), "day": day} for zone in (1, 2) for day in days]
    one = step(Update(model=TARIFF, assign=constants(n=4), where=where(day__gt=days[0])), batch=2)
    with running(homes, one, Tariff=rows) as run:
        forward(run)
        assert column(run, "Tariff.n") == [0, 4, 4, 0, 4, 4]


def test_functions_and_numbers_on_composite_keys(homes: Runner) -> None:
    days = [datetime.date(2024, 1, day) for day in (1, 2, 3)]
    rows = [{"zone": uuid.UUID(int=zone), "day": day, "n": zone} for zone in (1, 2) for day in days]
    body = PythonValue("return row.n * 10 + row.day.day", ("n", "day"))
    with running(homes, step(Update(model=TARIFF, assign=(("n", body),)), batch=2), Tariff=rows) as run:
        forward(run)
        assert column(run, "Tariff.n") == [11, 12, 13, 21, 22, 23]
    numbers = Numbered(within=("zone",), order=("-day", "zone"), start=10)
    with running(homes, step(Update(model=TARIFF, assign=(("n", numbers),))), Tariff=rows) as run:
        forward(run)
        assert column(run, "Tariff.n") == [12, 11, 10, 12, 11, 10]


def test_functions_that_read_what_others_give(homes: Runner) -> None:
    """All of them see the old row, and so do the columns that the database computes."""
    one = step(
        Update(
            model=HOME,
            assign=(
                ("n", PythonValue("return row.code + 1", ("code",))),
                ("code", PythonValue("return row.n + 1", ("n",))),
                ("order", computed("Cast('n', models.CharField())", "n")),
            ),
        )
    )
    with running(homes, one, Home=[{"id": 1, "n": 10, "code": 20}]) as run:
        forward(run)
        assert [column(run, f"Home.{name}") for name in ("n", "code", "order")] == [[21], [11], ["10"]]


def test_numbers_that_are_not_unique_are_taken_back(homes: Runner) -> None:
    numbers = Numbered(within=("city_id",), order=("id",))
    one = step(Update(model=HOME, assign=(("n", numbers),), distinct=("n",)))
    given = [{"id": id, "n": id + 10, "city_id": city} for id, city in ((1, 7), (2, 7), (3, 8))]
    with running(homes, one, City=[{"id": 7, "name": "Oslo"}, {"id": 8, "name": "Bergen"}], Home=given) as run:
        with pytest.raises(ValueError, match=r"several rows would hold each of these values in Home\.n .*: \[1\]"):
            forward(run)
        assert column(run, "Home.n") == [11, 12, 13]


def test_columns_that_read_each_other(homes: Runner) -> None:
    """MySQL and MariaDB assign from left to right: what a value reads must not be written before it."""
    one = step(
        Update(
            model=HOME,
            assign=(
                ("n", computed("F('n') + 1", "n")),
                ("code", own("n")),
                ("order", own("name")),
                ("name", own("order")),
            ),
            where=where(id__gt=0),
        )
    )
    with running(homes, one, Home=[{"n": 5, "name": "a", "order": "b"}, {"n": 6, "name": "c", "order": "d"}]) as run:
        forward(run)
        assert run.rows("homes.Home", "n", "code", "name", "order") == [
            {"n": 6, "code": 5, "name": "b", "order": "a"},
            {"n": 7, "code": 6, "name": "d", "order": "c"},
        ]


def test_a_foreign_key_is_followed_before_it_is_written(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=(*constants(city_id=8), ("order", own("city__name")))))
    with running(homes, one, City=CITIES, Home=[{"city_id": 7}]) as run:
        forward(run)
        assert run.rows("homes.Home", "city_id", "order") == [{"city_id": 8, "order": "Oslo"}]


def test_a_swap_of_three_columns(homes: Runner) -> None:
    table = mapped(own("order"), {"a": "x"}, unmatched="keep", nulls="keep")
    one = step(
        Update(
            model=HOME, assign=(("slug", table), ("order", own("name")), ("name", computed("Upper('slug')", "slug")))
        )
    )
    with running(homes, one, Home=[{"slug": "s", "order": "a", "name": "n"}]) as run:
        forward(run)
        assert run.rows("homes.Home", "slug", "order", "name") == [{"slug": "x", "order": "n", "name": "S"}]


# --- maps ---

STATUS = {0: "new", 1: "paid"}


def test_a_map_there_and_back(homes: Runner) -> None:
    one = step(
        Update(model=HOME, assign=(("slug", mapped(own("code"), STATUS)),)),
        back=Update(model=HOME, assign=(("code", mapped(own("slug"), {"new": 0, "paid": 1})),)),
        batch=2,
    )
    with running(homes, one, Home=[{"code": n % 2} for n in range(5)]) as run:
        forward(run)
        assert column(run, "Home.slug") == ["new", "paid", "new", "paid", "new"]
        back(run)
        forward(run)


@pytest.mark.parametrize(("code", "named"), [(7, "[7]"), (None, "[None]")])
def test_a_value_that_the_map_does_not_name(homes: Runner, code: int | None, named: str) -> None:
    one = step(Update(model=HOME, assign=(("slug", mapped(own("code"), STATUS)),)), batch=1)
    with running(homes, one, Home=[{"code": 0}, {"code": code}, {"code": code}]) as run:
        with pytest.raises(
            ValueError, match=r"rows\.yaml:11: the map of Home.slug does not name these values"
        ) as error:
            forward(run)
        assert str(error.value).endswith(named)
        assert column(run, "Home.slug") == [None, None, None]


def test_at_most_five_values_are_named(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=(("slug", mapped(own("code"), STATUS)),)))
    with (
        running(homes, one, Home=[{"code": code} for code in (9, 8, 7, 6, 5, 4)]) as run,
        pytest.raises(ValueError, match=r"\[4, 5, 6, 7, 8\]"),
    ):
        forward(run)


ELSE: list[tuple[Any, Any, list[Any]]] = [
    ("keep", "keep", ["new", "old", "old"]),
    ("null", "null", ["new", None, None]),
    ("keep", "null", ["new", "old", None]),
    ("null", "keep", ["new", None, "old"]),
    (Constant("other"), Constant("none"), ["new", "other", "none"]),
    (Constant("other"), "keep", ["new", "other", "old"]),
    ("keep", Constant("none"), ["new", "old", "none"]),
]


@pytest.mark.parametrize("path", ["code", "city__code"])
@pytest.mark.parametrize("several", [False, True])
def test_what_else_a_map_may_meet(homes: Runner, several: bool, path: str) -> None:
    more = constants(order="x") if several else ()
    steps = [
        step(
            Update(
                model=HOME,
                assign=(("slug", mapped(own(path), STATUS, unmatched=unmatched, nulls=nulls)), *more),
                where=where(n=n),
            ),
            suffix=f"_{n}",
        )
        for n, (unmatched, nulls, _) in enumerate(ELSE)
    ]
    cities = [{"id": 1, "code": 0}, {"id": 2, "code": 7}]
    three = [{"slug": "old", "code": code, "city_id": city} for code, city in ((0, 1), (7, 2), (None, None))]
    given = [{**home, "n": n} for n in range(len(ELSE)) for home in three]
    with running(homes, *steps, City=cities, Home=given) as run:
        forward(run)
        assert column(run, "Home.slug") == [slug for _, _, expected in ELSE for slug in expected]


def test_a_swap(homes: Runner) -> None:
    swap = Update(
        model=HOME, assign=(("order", mapped(own("order"), {"a": "b", "b": "a"}, unmatched="keep", nulls="keep")),)
    )
    one = step(swap, back=swap)
    assert not is_ranged(one)
    with running(homes, one, Home=[{"order": order} for order in ("a", "b", "c", None)]) as run:
        forward(run)
        assert column(run, "Home.order") == ["b", "a", "c", None]
        back(run)
        assert column(run, "Home.order") == ["a", "b", "c", None]


def test_a_map_whose_values_are_no_keys_may_run_twice() -> None:
    change = Update(model=HOME, assign=(("order", mapped(own("order"), {"a": "b"}, unmatched="keep", nulls="keep")),))
    assert is_ranged(step(change))
    strict = Update(model=HOME, assign=(("order", mapped(own("order"), {"a": "b"})),))
    assert not is_ranged(step(strict))


def test_maps_to_columns_of_all_kinds(homes: Runner) -> None:
    pairs: dict[str, Any] = {
        "data": {"a": 1},
        "ip": "10.0.0.1",
        "day": datetime.date(2024, 2, 29),
        "price": decimal.Decimal("10.50"),
        "token": uuid.UUID(int=7),
        "city_id": 4,
    }
    assign = tuple(
        (name, mapped(own("code"), {1: value}, unmatched="keep", nulls="keep")) for name, value in pairs.items()
    )
    one = step(Update(model=HOME, assign=assign))
    with running(homes, one, City=[{"id": 4}], Home=[{"code": 1}, {"code": 2}]) as run:
        forward(run)
        assert run.rows("homes.Home", *pairs) == [pairs, dict.fromkeys(pairs)]


# --- update from a source ---

NEWEST = Join(source=STAY, on=(("id", "home_id"),), order=("-id",))
STAYS = [
    {"id": 1, "home_id": 1, "city_id": 7, "name": "a", "code": 0},
    {"id": 2, "home_id": 1, "city_id": 8, "name": "b", "code": 1, "current": False},
    {"id": 3, "home_id": 2, "city_id": 7, "name": "c", "code": 1},
]
CITIES = [{"id": 7, "name": "Oslo"}, {"id": 8, "name": "Bergen"}]
HOMES = [{"id": id, "order": "old"} for id in (1, 2, 3)]


def test_columns_of_the_newest_source_row(homes: Runner) -> None:
    one = step(
        Update(
            model=HOME,
            assign=(
                ("city_id", source("city_id")),
                ("name", source("city__name")),
                ("slug", mapped(source("code"), STATUS)),
                ("order", computed("Upper('name')", "name", of="source")),
                ("n", own("id")),
            ),
            join=NEWEST,
        ),
        batch=2,
    )
    assert is_ranged(one)
    with running(homes, one, City=CITIES, Home=HOMES, Stay=STAYS) as run:
        forward(run)
        assert run.rows("homes.Home", "city_id", "name", "slug", "order", "n")[:2] == [
            {"city_id": 8, "name": "Bergen", "slug": "paid", "order": "B", "n": 1},
            {"city_id": 7, "name": "Oslo", "slug": "paid", "order": "C", "n": 2},
        ]
        # A row without a source row is left as it is.
        assert run.rows("homes.Home", "city_id", "order", "n")[2] == {"city_id": None, "order": "old", "n": 0}


def test_a_source_narrowed_by_a_condition_and_two_columns(homes: Runner) -> None:
    join = Join(source=STAY, on=(("id", "home_id"), ("code", "code")), where=where(current=True))
    one = step(Update(model=HOME, assign=(("order", source("name")),), join=join))
    given = [{"id": 1, "code": 1}, {"id": 2, "code": 1}, {"id": 3, "code": None}]
    stays = [*STAYS, {"id": 4, "home_id": 3, "code": None}]
    with running(homes, one, City=CITIES, Home=given, Stay=stays) as run:
        forward(run)
        assert column(run, "Home.order") == [None, "c", None]


@pytest.mark.parametrize("policy", ["keep", "null", "error"])
def test_a_map_over_the_source(homes: Runner, policy: Any) -> None:
    value = mapped(source("code"), {0: "new"}, unmatched=policy, nulls=policy)
    one = step(Update(model=HOME, assign=(("order", value),), join=Join(source=STAY, on=(("id", "home_id"),))))
    given = [*HOMES, {"id": 4, "order": "old"}]
    stays = [{"home_id": 1, "code": 0}, {"home_id": 2, "code": 9}, {"home_id": 3, "code": None}]
    with running(homes, one, Home=given, Stay=stays) as run:
        if policy == "error":
            with pytest.raises(ValueError, match="does not name these values: ") as error:
                forward(run)
            assert "9" in str(error.value)
            assert "None" in str(error.value)
            return
        forward(run)
        kept = "old" if policy == "keep" else None
        assert column(run, "Home.order") == ["new", kept, kept, "old"]


@pytest.mark.parametrize("new", [True, False])
def test_duplicates_stop_the_step_before_the_first_write(homes: Runner, new: bool) -> None:
    one = step(
        Update(model=HOME, assign=(("key", source("city_id")),), join=NEWEST, distinct=("key",)),
        batch=1,
        new_columns=frozenset({(HOME, "key")} if new else ()),
    )
    stays = [{"home_id": 1, "city_id": 8}, {"home_id": 2, "city_id": 7}, {"home_id": 3, "city_id": 7}]
    with running(homes, one, City=CITIES, Home=HOMES, Stay=stays) as run:
        with pytest.raises(ValueError, match=r"rows.yaml:11: several rows would hold .* in Home.key, .*: \[7\]"):
            forward(run)
        assert column(run, "Home.key") == [None, None, None]
        run.model("homes.Stay")._base_manager.using("scratch").filter(home_id=3).delete()
        forward(run)
        assert column(run, "Home.key") == [8, 7, None]


def test_duplicates_of_values_that_stay(homes: Runner) -> None:
    one = step(
        Update(model=HOME, assign=(("key", own("n")),), where=where(order="old"), distinct=("key",)),
    )
    given = [{"id": 1, "n": 5, "order": "old"}, {"id": 2, "n": 1, "key": 5, "order": "new"}]
    with running(homes, one, Home=given) as run:
        with pytest.raises(ValueError, match=r"\[5\]"):
            forward(run)
        run.model("homes.Home")._base_manager.using("scratch").filter(id=2).update(key=6)
        forward(run)
        assert column(run, "Home.key") == [5, 6]


def test_duplicates_where_the_condition_looks_at_many_rows(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=(("key", own("n")),), where=where(stay__current=True), distinct=("key",)))
    given = [{"id": 1, "n": 5}, {"id": 2, "n": 6}]
    with running(homes, one, Home=given, Stay=[{"home_id": 1}, {"home_id": 1}, {"home_id": 2}]) as run:
        forward(run)
        assert column(run, "Home.key") == [5, 6]


def test_a_source_that_is_the_table_itself(homes: Runner) -> None:
    join = Join(source=HOME, on=(("parent_id", "id"),))
    reads_what_it_writes = step(Update(model=HOME, assign=(("n", source("n")),), join=join))
    assert not is_ranged(reads_what_it_writes)
    one = step(Update(model=HOME, assign=(("order", source("name")),), join=join), batch=1)
    assert is_ranged(one)
    given = [{"id": 1, "name": "a"}, {"id": 2, "name": "b", "parent_id": 1}, {"id": 3, "name": "c", "parent_id": 2}]
    with running(homes, one, Home=given) as run:
        forward(run)
        assert column(run, "Home.order") == [None, "a", "b"]
    given = [{"id": 1, "n": 1}, {"id": 2, "n": 2, "parent_id": 1}, {"id": 3, "n": 3, "parent_id": 2}]


def test_the_column_that_finds_the_source_row_is_written_last(homes: Runner) -> None:
    join = Join(source=STAY, on=(("code", "code"),))
    one = step(Update(model=HOME, assign=(("code", source("id")), ("order", source("name"))), join=join))
    with running(
        homes, one, Home=[{"id": 1, "code": 1}], Stay=[{"id": 3, "home_id": 1, "code": 1, "name": "c"}]
    ) as run:
        forward(run)
        assert run.rows("homes.Home", "code", "order") == [{"code": 3, "order": "c"}]


def test_duplicates_with_a_condition_of_each_kind(homes: Runner) -> None:
    condition = Filter(parse("Q(order='old') | Q(order='new')"), ("order",))
    one = step(
        Update(model=HOME, assign=(("key", source("city_id")),), join=NEWEST, where=condition, distinct=("key",))
    )
    with running(homes, one, City=CITIES, Home=HOMES, Stay=STAYS) as run:
        forward(run)
        assert column(run, "Home.key") == [8, 7, None]


# --- insert literal rows ---

COUNTRIES = (constants(code="us", name="USA"), constants(code="fr", name="France"))


def test_literal_rows_that_are_not_there(homes: Runner) -> None:
    one = step(
        Insert(model=COUNTRY, rows=COUNTRIES, key=("code",)),
        back=Delete(model=COUNTRY, rows=COUNTRIES, cascade=False),
    )
    with running(homes, one, Country=[{"code": "fr", "name": "Frankreich"}]) as run:
        forward(run)
        assert column(run, "Country.name") == ["Frankreich", "USA"]
        back(run)
        assert column(run, "Country.name") == ["Frankreich"]
        forward(run)
        assert column(run, "Country.code") == ["fr", "us"]


def test_literal_rows_bring_up_to_date(homes: Runner) -> None:
    one = step(Insert(model=COUNTRY, rows=COUNTRIES, key=("code",), existing="update"))
    with running(homes, one, Country=[{"code": "fr", "name": "Frankreich", "note": "kept"}]) as run:
        forward(run)
        assert run.rows("homes.Country") == [
            {"code": "fr", "name": "France", "note": "kept"},
            {"code": "us", "name": "USA", "note": None},
        ]


def test_literal_rows_that_must_be_new(homes: Runner) -> None:
    one = step(Insert(model=COUNTRY, rows=COUNTRIES, key=("code",), existing="error"))
    with running(homes, one, Country=[{"code": "fr"}]) as run:
        with pytest.raises(ValueError, match=r"rows of Country by code are there already: \['fr'\]"):
            forward(run)
        assert column(run, "Country.code") == ["fr"]


def test_keys_of_several_columns_and_null(homes: Runner) -> None:
    rows = (constants(name="a", kind="x", home_id=None), constants(name="b", kind="x", home_id=1))
    one = step(
        Insert(model=LABEL, rows=rows, key=("name", "home_id")), back=Delete(model=LABEL, rows=rows, cascade=False)
    )
    with running(homes, one, Home=[{"id": 1}], Label=[{"name": "b", "kind": "y", "home_id": None}]) as run:
        forward(run)
        assert column(run, "Label.kind") == ["y", "x", "x"]
        forget(run)
        forward(run)
        assert column(run, "Label.kind") == ["y", "x", "x"]
        back(run)
        assert column(run, "Label.kind") == ["y"]


def test_literal_rows_without_a_key_and_with_keys_of_their_own(homes: Runner) -> None:
    rows = (constants(id=40, name="a"), (*constants(id=41), ("name", Constant("b")), ("token", per_row("uuid.uuid4"))))
    one = step(Insert(model=LABEL, rows=rows))
    with running(homes, one) as run:
        forward(run)
        assert column(run, "Label.kind") == ["plain", "plain"]
        assert column(run, "Label.made").count(None) == 0
        assert column(run, "Label.token")[1] is not None
        Label = run.model("homes.Label")
        assert Label._base_manager.using("scratch").create(name="c").pk > 41


def test_json_null_is_not_null(homes: Runner) -> None:
    rows = (constants(name="a", data=None), constants(name="b", data={"x": [1]}))
    one = step(Insert(model=LABEL, rows=rows, key=("name",)), back=Delete(model=LABEL, rows=rows, cascade=False))
    with running(homes, one) as run:
        forward(run)
        assert column(run, "Label.data") == [None, {"x": [1]}]
        back(run)
        assert column(run, "Label.name") == []


def test_literal_rows_of_a_model_with_a_parent(homes: Runner) -> None:
    one = step(
        Insert(model=RESTAURANT, rows=(constants(name="a", stars=3), constants(name="b", stars=1)), key=("name",))
    )
    with running(homes, one, Restaurant=[{"name": "b", "stars": 5}]) as run:
        forward(run)
        assert sorted(column(run, "Restaurant.stars")) == [3, 5]
        assert sorted(column(run, "Place.name")) == ["a", "b"]


def test_literal_rows_whose_foreign_key_points_nowhere(homes: Runner) -> None:
    ranged = Update(model=HOME, assign=constants(order="x"))
    one = step(Insert(model=LABEL, rows=(constants(name="a", home_id=99),), key=("name",)), ranged)
    assert is_ranged(one)
    with running(homes, one) as run:
        with pytest.raises(IntegrityError):
            forward(run)
        assert column(run, "Label.name") == []


# --- insert from a source ---


def test_a_row_for_each_source_row(homes: Runner) -> None:
    one = step(
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
        batch=2,
    )
    assert is_ranged(one)
    given = [
        {"id": 1, "code": 0, "city_id": 7},
        {"id": 2, "code": 9},
        {"id": 3, "n": 1},
        {"id": 4, "code": None, "name": "hidden"},
    ]
    with running(homes, one, City=CITIES, Home=given, Label=[{"home_id": 2, "kind": "there"}]) as run:
        forward(run)
        assert run.rows("homes.Label", "home_id", "name", "kind", "data", order_by="home_id") == [
            {"home_id": 1, "name": "Oslo", "kind": "new", "data": {"a": 1}},
            {"home_id": 2, "name": None, "kind": "there", "data": None},
            {"home_id": 4, "name": None, "kind": "none", "data": {"a": 1}},
        ]
        assert column(run, "Label.made").count(None) == 1  # that which was there
        back(run)
        assert column(run, "Label.kind") == []


def test_into_a_new_table_and_with_copied_keys(homes: Runner) -> None:
    copy = Insert(
        model=CITY,
        source=HOME,
        assign=(("id", source("id")), ("name", source("name")), ("code", source("n"))),
        key=("id",),
    )
    one = step(copy, back=Reversal(changes=(), fidelity="exact"), fresh=frozenset({CITY}))
    assert not is_ranged(one)
    with running(homes, one, Home=[{"id": 5, "name": "a"}, {"id": 6, "name": "b"}]) as run:
        forward(run)
        assert column(run, "City.name") == ["a", "b"]
        run.insert({"homes.Home": [{"id": 7, "name": "new"}]})
        forget(run)
        forward(run)
        assert column(run, "City.name") == ["a", "b", "new"]
        assert run.model("homes.City")._base_manager.using("scratch").create(name="c").pk > 7


def test_a_primary_key_that_is_a_foreign_key(homes: Runner) -> None:
    one = step(
        Insert(model=PART, source=HOME, assign=(("home_id", source("id")), ("name", source("name"))), key=("home_id",)),
        back=Update(model=HOME, assign=(("name", source("name")),), join=Join(source=PART, on=(("id", "home_id"),))),
        batch=1,
    )
    with running(homes, one, Home=[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]) as run:
        forward(run)
        assert run.rows("homes.Part") == [{"home_id": 1, "name": "a"}, {"home_id": 2, "name": "b"}]
        run.model("homes.Home")._base_manager.using("scratch").update(name="")
        back(run)
        assert column(run, "Home.name") == ["a", "b"]
        forward(run)


@pytest.mark.parametrize("batch", [1, 2, 100, "off"])
@pytest.mark.parametrize("more", [False, True])
def test_several_source_rows_with_one_key(homes: Runner, batch: Any, more: bool) -> None:
    assign = (("name", source("name")), ("kind", Constant("x")), *([("home_id", source("home_id"))] if more else []))
    one = step(Insert(model=LABEL, source=STAY, assign=assign, key=("name",)), batch=batch)
    stays = [{"home_id": home, "name": name} for home, name in ((1, "a"), (2, "b"), (3, "a"), (1, "b"), (1, "a"))]
    with running(homes, one, Home=HOMES, Stay=stays, Label=[]) as run:
        forward(run)
        expected = [{"name": "a", "home_id": 1 if more else None}, {"name": "b", "home_id": 2 if more else None}]
        assert run.rows("homes.Label", "name", "home_id", order_by="name") == expected


def test_rows_that_are_there_are_brought_up_to_date(homes: Runner) -> None:
    one = step(
        Insert(
            model=LABEL,
            source=HOME,
            assign=(("home_id", source("id")), ("name", source("name")), ("kind", Constant("x"))),
            key=("home_id", "kind"),
            existing="update",
        ),
        batch=1,
    )
    labels = [{"home_id": 1, "kind": "x", "name": "old"}, {"home_id": 2, "kind": "y", "name": "old"}]
    given = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    with running(homes, one, Home=given, Label=labels) as run:
        forward(run)
        assert run.rows("homes.Label", "home_id", "name", "kind") == [
            {"home_id": 1, "name": "a", "kind": "x"},
            {"home_id": 2, "name": "old", "kind": "y"},
            {"home_id": 2, "name": "b", "kind": "x"},
        ]


def test_rows_that_must_be_new(homes: Runner) -> None:
    one = step(
        Insert(
            model=LABEL,
            source=HOME,
            assign=(("name", computed("Upper('name')", "name", of="source")),),
            key=("name",),
            existing="error",
        )
    )
    assert not is_ranged(one)
    with (
        running(homes, one, Home=[{"id": 1, "name": "a"}], Label=[{"name": "A"}]) as run,
        pytest.raises(ValueError, match=r"rows of Label by name are there already: \['A'\]"),
    ):
        forward(run)


@pytest.mark.parametrize("existing", ["update", "error"])
def test_one_key_twice_where_the_rows_count(homes: Runner, existing: Any) -> None:
    assign = (("name", source("name")), ("home_id", source("home_id")))
    one = step(Insert(model=LABEL, source=STAY, assign=assign, key=("name",), existing=existing))
    with (
        running(homes, one, Home=HOMES, Stay=[{"home_id": 1, "name": "a"}, {"home_id": 2, "name": "a"}]) as run,
        pytest.raises(ValueError, match=r"several rows of Stay have one key \(name\): \['a'\]"),
    ):
        forward(run)


def test_a_key_that_is_computed(homes: Runner) -> None:
    one = step(
        Insert(
            model=LABEL,
            source=STAY,
            assign=(("name", computed("Upper('name')", "name", of="source")), ("home_id", source("home_id"))),
            key=("name",),
        ),
        batch=1,
    )
    stays = [{"home_id": 1, "name": "a"}, {"home_id": 2, "name": "A"}, {"home_id": 3, "name": "b"}]
    with running(homes, one, Home=HOMES, Stay=stays, Label=[{"name": "B"}]) as run:
        forward(run)
        assert sorted(run.rows("homes.Label", "name", "home_id"), key=lambda row: row["name"]) == [
            {"name": "A", "home_id": 1},
            {"name": "B", "home_id": None},
        ]


def test_a_callable_for_each_inserted_row(homes: Runner) -> None:
    one = step(
        Insert(
            model=LABEL,
            source=HOME,
            assign=(("home_id", source("id")), ("name", source("city__name")), ("token", per_row("uuid.uuid4"))),
            key=("home_id",),
        ),
        batch=2,
    )
    given = [{"id": id, "city_id": 7} for id in (1, 2, 3)]
    with running(homes, one, City=CITIES, Home=given) as run:
        forward(run)
        assert len(set(column(run, "Label.token"))) == 3
        assert column(run, "Label.name") == ["Oslo"] * 3
        assert column(run, "Label.kind") == ["plain"] * 3


def test_rows_of_the_same_table(homes: Runner) -> None:
    one = step(
        Insert(
            model=STAY,
            source=STAY,
            assign=(("home_id", source("home_id")), ("name", Constant("copy"))),
            where=where(current=True),
        )
    )
    assert not is_ranged(one)
    with running(homes, one, City=CITIES, Home=HOMES, Stay=STAYS) as run:
        forward(run)
        assert sorted(column(run, "Stay.name")) == ["a", "b", "c", "copy", "copy"]


def test_a_condition_that_would_repeat_the_source_rows(homes: Runner) -> None:
    one = step(
        Insert(model=LABEL, source=HOME, assign=(("home_id", source("id")),), where=where(stay__code__isnull=False))
    )
    with running(homes, one, City=CITIES, Home=HOMES, Stay=STAYS) as run:
        forward(run)
        assert column(run, "Label.home_id") == [1, 2]


def test_values_of_all_kinds_in_one_statement(homes: Runner) -> None:
    values: dict[str, Any] = {
        "data": {"a": [1, None, "x"]},
        "ip": "10.0.0.1",
        "day": datetime.date(2024, 2, 29),
        "price": decimal.Decimal("10.50"),
        "slug": 'it\'s 100% \\ "x"',
        "token": uuid.UUID(int=7),
        "n": 3,
    }
    constant = Insert(
        model=HOME, source=CITY, assign=(("name", source("name")), *constants(**values)), where=where(id=7)
    )
    by_code = {
        name: mapped(source("code"), {1: value}) for name, value in {**values, "token": uuid.UUID(int=8)}.items()
    }
    by_map = Insert(
        model=HOME, source=CITY, assign=(("name", source("name")), *by_code.items()), where=where(code__isnull=False)
    )
    with running(homes, step(constant), step(by_map, suffix="_2"), City=[CITIES[0], {**CITIES[1], "code": 1}]) as run:
        forward(run)
        found = run.rows("homes.Home", "name", *values, order_by="token")
        assert found == [{"name": "Oslo", **values}, {"name": "Bergen", **values, "token": uuid.UUID(int=8)}]


def test_a_column_copied_twice(homes: Runner) -> None:
    one = step(Insert(model=LABEL, source=HOME, assign=(("name", source("name")), ("kind", source("name")))))
    with running(homes, one, Home=[{"name": "a"}]) as run:
        forward(run)
        assert run.rows("homes.Label", "name", "kind") == [{"name": "a", "kind": "a"}]


def test_a_child_row_for_a_parent_that_is_there(homes: Runner) -> None:
    one = step(
        Insert(
            model=RESTAURANT,
            source=PLACE,
            assign=(("place_ptr_id", source("id")), ("stars", Constant(2))),
            key=("place_ptr_id",),
        ),
        batch=1,
    )
    with running(homes, one, Place=[{"name": "a"}, {"name": "b"}]) as run:
        forward(run)
        assert run.rows("homes.Restaurant", "name", "stars") == [{"name": "a", "stars": 2}, {"name": "b", "stars": 2}]


# --- delete ---


def test_delete_follows_on_delete(homes: Runner) -> None:
    one = step(Delete(model=HOME, where=where(n=1)), batch=1)
    assert is_ranged(one)
    given = [{"id": 1, "n": 1}, {"id": 2, "n": 0, "parent_id": 1}, {"id": 3, "n": 0}, {"id": 4, "n": 1}]
    with running(homes, one, City=CITIES, Home=given, Stay=STAYS) as run:
        forward(run)
        assert column(run, "Home.id") == [3]
        assert column(run, "Stay.id") == []


def test_delete_of_the_rows_alone(homes: Runner) -> None:
    one = step(Delete(model=STAY, where=where(home__n=1), cascade=False), batch=1)
    with running(homes, one, City=CITIES, Home=[{"id": 1, "n": 1}, {"id": 2}], Stay=STAYS) as run:
        forward(run)
        assert column(run, "Stay.id") == [3]


def test_delete_of_rows_that_others_point_at(homes: Runner) -> None:
    one = step(Delete(model=HOME, where=where(n=1), cascade=False), batch=1)
    assert is_ranged(one)
    with running(homes, one, City=CITIES, Home=[{"id": 1, "n": 1}, {"id": 2}], Stay=STAYS) as run:
        with pytest.raises(IntegrityError):
            forward(run)
        run.connection.close()
        assert column(run, "Home.id") == [1, 2]


def test_delete_every_row(homes: Runner) -> None:
    one = step(Delete(model=LABEL))
    with running(homes, one, Label=[{"name": "a"}, {"name": "b"}]) as run:
        forward(run)
        assert column(run, "Label.id") == []


def test_a_condition_on_what_goes_is_not_divided() -> None:
    assert not is_ranged(step(Delete(model=HOME, where=where(parent__n=1))))
    assert is_ranged(step(Delete(model=HOME, where=where(city__name="Oslo"))))


# --- how it runs ---


def test_a_foreign_key_that_points_nowhere_stops_its_range(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=(("city_id", mapped(own("code"), {1: 7, 2: 99})),)), batch=1)
    assert is_ranged(one)
    with running(homes, one, City=CITIES, Home=[{"code": 1}, {"code": 2}]) as run:
        with pytest.raises(IntegrityError):
            forward(run)
        run.connection.close()
        assert column(run, "Home.city_id") == [7, None]


@pytest.mark.parametrize("before", range(1, 9))
def test_cut_off_and_run_again(homes: Runner, before: int) -> None:
    one = step(
        Update(model=HOME, assign=(("city_id", source("city_id")),), join=NEWEST),
        back=Insert(
            model=LABEL,
            source=HOME,
            assign=(("home_id", source("id")), ("name", source("city__name"))),
            where=where(city_id__isnull=False),
            key=("home_id",),
        ),
        batch=1,
    )
    with running(homes, one, City=CITIES, Home=HOMES, Stay=STAYS) as run:
        with run.interrupt(before=before):
            forward(run)
        forward(run)
        assert column(run, "Home.city_id") == [8, 7, None]
        with run.interrupt(before=before):
            back(run)
        back(run)
        assert column(run, "Label.name", "home_id") == ["Bergen", "Oslo"]


class Refusing:
    """Has the models of this app somewhere else; by name it knows none of them."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if app_label == "homes" and "model" in hints else None


@pytest.mark.parametrize("homes", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hints", [None, {}])
def test_a_router_that_refuses(homes: Runner, hints: Any) -> None:
    one = step(Update(model=HOME, assign=constants(order="x")), hints=hints)
    with running(homes, one, Home=[{"id": 1}]) as run, override_settings(DATABASE_ROUTERS=[Refusing()]):
        forward(run)
        assert column(run, "Home.order") == [None]


def test_changes_of_several_tables(homes: Runner) -> None:
    one = step(
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
    )
    with running(homes, one, City=CITIES, Home=HOMES, Stay=STAYS) as run:
        forward(run)
        assert column(run, "Home.order") == ["x"] * 3
        assert column(run, "Stay.id") == [1, 3]
        assert column(run, "Country.code") == ["fr", "us"]
        back(run)
        assert column(run, "Country.code") == []


def test_a_proxy(homes: Runner) -> None:
    one = step(Update(model=DINER, assign=constants(name="x"), where=where(id__gt=1)))
    with running(homes, one, Place=[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]) as run:
        forward(run)
        assert column(run, "Place.name") == ["a", "x"]


def test_a_child_of_a_parent(homes: Runner) -> None:
    one = step(
        Update(model=RESTAURANT, assign=(("menu", own("name")), *constants(stars=4)), where=where(name="a")), batch=1
    )
    with running(homes, one, Restaurant=[{"name": "a"}, {"name": "b"}]) as run:
        forward(run)
        assert run.rows("homes.Restaurant", "menu", "stars") == [{"menu": "a", "stars": 4}, {"menu": None, "stars": 0}]


# --- what stands around it ---


def test_how_a_step_comes_back() -> None:
    change = Update(model=HOME, assign=constants(n=1))
    nothing = emit_row_step(step(change), Constants())
    assert nothing.operation.text.startswith("migrations.RunPython(forwards, migrations.RunPython.noop, ")
    assert nothing.comment == "Nothing to undo: what is written here goes when its columns go."
    noop = emit_row_step(
        step(change, back=Reversal(changes=(), fidelity="noop", differs="nobody counts.")), Constants()
    )
    assert noop.operation.text == nothing.operation.text
    assert "Rolling back changes no rows: nobody counts." in noop.functions[0]
    never = emit_row_step(
        step(change, back=Reversal(changes=None, fidelity="irreversible", differs="it is lost")), Constants()
    )
    assert never.operation.text == "migrations.RunPython(forwards, hints={'model_name': 'home'}, elidable=True)"
    assert "It cannot be rolled back: it is lost." in never.functions[0]
    effort = Reversal(changes=(change,), fidelity="best effort", differs="n was something else")
    assert (
        '"""Set Home.n to 1 (best effort: n was something else)."""'
        in emit_row_step(step(change, back=effort), Constants()).functions[1]
    )
    vague = Reversal(changes=(change, change), fidelity="best effort")
    assert "Best effort." in emit_row_step(step(change, back=vague), Constants()).functions[1]


def test_arguments_of_the_author() -> None:
    change = Update(model=HOME, assign=constants(n=1))
    one = step(change, doc="Count\n  anew.", hints={"a": 1}, elidable=False, atomic=True, suffix="_x")
    piece = emit_row_step(one, Constants())
    assert (
        piece.operation.text
        == "migrations.RunPython(forwards_x, migrations.RunPython.noop, atomic=True, hints={'a': 1})"
    )
    assert piece.atomic
    assert '"""Count anew."""' in piece.functions[0]
    assert "# " not in piece.functions[0]
    other_app = emit_row_step(step(change, app_label="other"), Constants())
    assert "hints" not in other_app.operation.text


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        (Update(model=HOME, assign=constants(n=1)), {}, "Safe to run again: the values read no column that is written"),
        (Update(model=HOME, assign=constants(n=1)), {"batch": "off"}, ""),
        (
            Update(model=HOME, assign=(("n", own("n")),)),
            {},
            "One transaction: the new n is computed from what is written",
        ),
        (
            Update(model=HOME, assign=constants(n=1)),
            {"back": Update(model=HOME, assign=(("n", own("n")),))},
            "One transaction: the whole step is one, as the new n is computed",
        ),
        (Insert(model=COUNTRY, rows=COUNTRIES, key=("code",)), {}, ""),
        (Insert(model=COUNTRY, rows=COUNTRIES), {}, "One transaction: without a key, a second run would insert"),
        (
            Insert(
                model=PART, source=HOME, assign=(("home_id", source("id")), ("name", own("name"))), key=("home_id",)
            ),
            {"fresh": frozenset({PART})},
            "One transaction: the table is new, and nobody waits for it.",
        ),
    ],
)
def test_the_comment_says_why(change: Any, arguments: dict[str, Any], said: str) -> None:
    function = emit_row_step(step(change, **arguments), Constants()).functions[0]
    comments = " ".join(line.strip(" #") for line in function.splitlines() if line.strip().startswith("#"))
    assert comments.startswith(said)
    assert bool(comments) == bool(said)


def test_tables_are_shared_by_both_directions_and_told_apart() -> None:
    there = mapped(own("code"), STATUS)
    back_again = mapped(own("slug"), {"new": 0, "paid": 1})
    piece = emit_row_step(
        step(Update(model=HOME, assign=(("slug", there),)), back=Update(model=HOME, assign=(("code", back_again),))),
        Constants(),
    )
    assert piece.constants[-2:] == (
        "SLUG_BY_CODE = {0: 'new', 1: 'paid',}",
        "CODE_BY_SLUG = {new: old for old, new in SLUG_BY_CODE.items()}",
    )
    two = emit_row_step(
        step(
            Update(model=HOME, assign=(("slug", there),)),
            Update(model=HOME, assign=(("slug", mapped(own("code"), {2: "x"}, unmatched="keep")),)),
        ),
        Constants(),
    )
    assert [line.partition(" ")[0] for line in two.constants[-2:]] == ["SLUG_BY_CODE", "SLUG_BY_CODE_2"]


# --- names ---

NASTY = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Case",
            [
                ("alias", models.CharField(max_length=9, primary_key=True)),
                ("rows", models.CharField(max_length=9, null=True, db_column="order")),
                ("new_value", models.CharField(max_length=9, null=True, db_column="Group")),
                ("page", models.IntegerField(null=True, db_column="select", unique=True)),
            ],
            options={"db_table": "Values"},
        ),
        migrations.CreateModel(
            "Value",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("case", models.ForeignKey("odd.Case", models.CASCADE, null=True, db_column="from")),
                ("values", models.CharField(max_length=9, null=True, db_column="table")),
                ("Subquery", models.IntegerField(null=True)),
                ("source_Subquery", models.IntegerField(null=True)),
            ],
            options={"db_table": "Where Else"},
        ),
        migrations.CreateModel("Page", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField())]),
        migrations.CreateModel("Row", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField())]),
    ]
"""


def test_names_that_mean_something_else(database: Database) -> None:
    case, value, page, row = (ModelKey("odd", name) for name in ("Case", "Value", "Page", "Row"))
    join = Join(source=value, on=(("alias", "case_id"),), order=("-id",))
    steps = [
        step(
            Update(
                model=case,
                assign=(
                    ("rows", source("values")),
                    ("new_value", mapped(source("Subquery"), {1: "one"})),
                    ("page", source("Subquery")),
                ),
                join=join,
                distinct=("page",),
            ),
            suffix="_1",
            batch=1,
        ),
        step(
            Insert(model=page, source=row, assign=(("id", source("id")), ("n", source("n"))), key=("id",)),
            Insert(model=row, source=page, assign=(("n", source("n")),), key=("n",)),
            suffix="_2",
        ),
        step(Update(model=value, assign=(("values", own("case__rows")),), where=where(Subquery=1)), suffix="_3"),
    ]
    steps = [replace(one, state=state(NASTY, "odd"), app_label="odd") for one in steps]
    with Runner(
        database, {"odd": {"0001_initial": NASTY, "0002_rows": text_of(*steps)}}, base=False, alias="odd"
    ) as run:
        run.migrate_to("odd", "0001_initial")
        run.insert(
            {
                "odd.Case": [{"alias": "a"}, {"alias": "b"}],
                "odd.Value": [{"case_id": "a", "values": "x", "Subquery": 1}],
                "odd.Row": [{"id": 5, "n": 6}],
            }
        )
        run.migrate_to("odd", "0002_rows")
        assert run.rows("odd.Case") == [
            {"alias": "a", "rows": "x", "new_value": "one", "page": 1},
            {"alias": "b", "rows": None, "new_value": None, "page": None},
        ]
        assert run.rows("odd.Page") == [{"id": 5, "n": 6}]
        assert run.rows("odd.Row", "n") == [{"n": 6}]


def test_a_class_keeps_its_name_where_it_can() -> None:
    text = emit_row_step(step(Update(model=HOME, assign=(("name", own("city__name")),))), Constants()).functions[0]
    assert 'Home = apps.get_model("homes", "Home")' in text.replace("'", '"')
    assert 'City = apps.get_model("homes", "City")' in text.replace("'", '"')


# --- what cannot be written ---


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Update(model=RESTAURANT, assign=(("name", own("menu")),)), "Restaurant.name is a column of the parent Place"),
        (
            Insert(model=RESTAURANT, source=HOME, assign=(("place_ptr_id", source("id")), ("name", source("name")))),
            "Restaurant.name is a column of the parent Place",
        ),
        (Delete(model=RESTAURANT, cascade=False), "Restaurant has its rows in several tables"),
        (Insert(model=STAY, source=CITY, assign=(("city_id", source("id")),)), "Stay.home_id is NOT NULL"),
    ],
)
def test_what_cannot_be_written(change: Any, said: str) -> None:
    with pytest.raises(CannotEmit, match=said):
        emit_row_step(step(change), Constants())
