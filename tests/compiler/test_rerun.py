"""Which changes may be run twice, and why."""

from __future__ import annotations

import re

import pytest

from migspec.compiler.changes.rerun import rerun, rerun_all
from migspec.dsl.expressions import parse
from migspec.schemas.changes import RowChange
from migspec.schemas.data.rows import (
    Constant,
    Converted,
    Delete,
    Filter,
    Insert,
    Join,
    JointlyMapped,
    JsonChange,
    Numbered,
    PythonValue,
    Reshaped,
    Update,
)
from row_steps import (
    CITY,
    COUNTRY,
    HOME,
    LABEL,
    RESTAURANT,
    STATE,
    STAY,
    TARIFF,
    computed,
    constants,
    mapped,
    own,
    per_row,
    source,
    where,
)

ROWS = (constants(code="us", name="USA"),)
BY_PARENT = Join(source=HOME, on=(("parent_id", "id"),))

SAFE: list[RowChange] = [
    Update(model=HOME, assign=constants(n=1)),
    Update(model=HOME, assign=constants(n=1), where=where(n=0)),
    Update(model=HOME, assign=constants(n=1), where=where(n__gt=0)),
    Update(model=HOME, assign=(("name", own("city__name")), ("slug", computed("Upper('order')", "order")))),
    Update(model=HOME, assign=(("name", source("name")),), join=Join(source=STAY, on=(("id", "home_id"),))),
    Update(model=HOME, assign=(("order", source("name")),), join=BY_PARENT),
    Update(model=HOME, assign=(("token", per_row("uuid.uuid4")),), where=where(token__isnull=True)),
    Update(model=HOME, assign=(("day", computed("Now()")), *constants(n=1)), where=where(n=0)),
    Update(model=HOME, assign=(("code", mapped(own("n"), {1: 2}, unmatched="null")),), where=where(code__isnull=True)),
    Update(model=HOME, assign=(("n", mapped(own("n"), {1: 2, 3: 3}, unmatched="keep", nulls="keep")),)),
    Update(model=HOME, assign=(("n", Numbered(within=("city_id",), order=("name", "id"))),)),
    Update(model=HOME, assign=(("n", Numbered(within=(), order=("id",))),), where=where(name="a")),
    Update(model=HOME, assign=(("slug", PythonValue("return row.name", ("name",), deterministic=True)),)),
    Update(model=HOME, assign=(("slug", JointlyMapped((own("name"), own("n")), ((("a", 1), "x"),))),)),
    Update(model=HOME, assign=(("n", computed("Count('stay')", "stay")),)),
    Insert(model=COUNTRY, rows=ROWS, key=("code",)),
    Insert(model=COUNTRY, rows=ROWS, key=("code",), existing="update"),
    Insert(model=LABEL, source=HOME, assign=(("home_id", source("id")),), key=("home_id",)),
    Insert(
        model=LABEL, source=HOME, assign=(("home_id", source("id")), ("token", per_row("uuid.uuid4"))), key=("home_id",)
    ),
    Delete(model=HOME),
    Delete(model=HOME, where=where(city__name="Oslo", n__gt=2)),
    Delete(model=STAY, where=where(home__n=1)),
    Delete(model=COUNTRY, rows=ROWS),
]

UNSAFE: list[tuple[RowChange, str]] = [
    (
        Update(model=HOME, assign=(("n", Numbered(within=(), order=("id",))),), where=where(n__isnull=True)),
        "the new n counts rows that a second run would count otherwise",
    ),
    (
        Update(model=HOME, assign=(("n", Numbered(within=(), order=("n", "id"))),)),
        "the new n counts rows that a second run would count otherwise",
    ),
    (
        Update(model=HOME, assign=(("slug", PythonValue("return row.name", ("name",))),)),
        "the function of the author perhaps gives another value each time",
    ),
    (
        Update(model=HOME, assign=(("data", Reshaped(own("data"), JsonChange(rename=(("a", "b"),)))),)),
        "the new data is computed from what is written",
    ),
    (
        Update(model=HOME, assign=(("slug", Converted(own("n"))),), distinct=("slug",)),
        "the new values of slug are compared when all of them are there",
    ),
    (
        Insert(model=LABEL, source=HOME, assign=(("kind", Numbered((), ("id",))),), key=("kind",)),
        "its numbers count all the rows that it copies",
    ),
    (Update(model=HOME, assign=(("n", computed("F('n') + 1", "n")),)), "the new n is computed from what is written"),
    (Update(model=HOME, assign=(("n", own("code")), ("code", own("n")))), "the new n is computed from what is written"),
    (Update(model=HOME, assign=(("token", per_row("uuid.uuid4")),)), r"uuid\.uuid4\(\) gives another value each time"),
    (Update(model=HOME, assign=(("day", computed("Now()")),)), r"Now\(\) gives another value each time"),
    (Update(model=TARIFF, assign=constants(zone=None)), "primary keys"),
    (Update(model=HOME, assign=(("n", source("n")),), join=BY_PARENT), "it reads other rows of Home"),
    (Update(model=HOME, assign=(("n", own("parent__n")),)), "it reads other rows of Home"),
    (Update(model=HOME, assign=constants(n=1), where=where(parent__n=1)), "it reads other rows of Home"),
    (Update(model=HOME, assign=(("n", mapped(own("n"), {1: 2, 2: 1}, unmatched="keep", nulls="keep")),)), "computed"),
    (Update(model=HOME, assign=(("n", mapped(own("n"), {1: 2})),)), "the new n is computed"),
    (Update(model=HOME, assign=(("n", computed("F('n')", "nowhere")),)), "it reads other rows of Home"),
    (
        Update(model=HOME, assign=(("code", source("id")),), join=Join(source=STAY, on=(("code", "code"),))),
        "it writes what finds the source row",
    ),
    (
        Update(
            model=HOME, assign=(("slug", mapped(own("slug"), {"a": "B", "b": "c"}, unmatched="keep", nulls="keep")),)
        ),
        "the new slug is computed from what is written",
    ),
    (
        Update(
            model=HOME, assign=(*constants(slug="\u00c9 "), ("n", computed("F('n') + 1", "n"))), where=where(slug="e")
        ),
        "the new n is computed from what is written",
    ),
    (Insert(model=COUNTRY, rows=ROWS), "without a key"),
    (Insert(model=COUNTRY, rows=ROWS, key=("code",), existing="error"), "would find its own rows"),
    (
        Insert(
            model=LABEL,
            source=HOME,
            assign=(("home_id", source("id")), ("token", computed("RandomUUID()", of="source"))),
            key=("home_id",),
            existing="update",
        ),
        r"RandomUUID\(\) gives",
    ),
    (Insert(model=STAY, source=STAY, assign=(("home_id", source("home_id")),), key=("home_id",)), "it reads Stay"),
    (
        Insert(
            model=STAY, source=HOME, assign=(("home_id", source("id")),), key=("home_id",), where=where(stay__code=1)
        ),
        "it reads Stay",
    ),
    (Insert(model=LABEL, source=HOME, assign=(("name", source("slug")),), key=("name",)), "a key that is NULL"),
    (Insert(model=LABEL, source=HOME, assign=(("name", source("city__name")),), key=("name",)), "a key that is NULL"),
    (Delete(model=HOME, where=where(parent__n=1)), "its condition reads rows that it deletes"),
    (Delete(model=HOME, where=where(stay__n=1)), "its condition reads rows that it deletes"),
    (Delete(model=HOME, where=Filter(parse("Q(parts=None)"), ("parts",))), "its condition reads rows that it deletes"),
    (Delete(model=RESTAURANT, where=Filter(parse("Q(odd=1)"), ("odd",))), "its condition reads rows that it deletes"),
]


@pytest.mark.parametrize("change", SAFE, ids=repr)
def test_safe(change: RowChange) -> None:
    found = rerun(change, STATE)
    assert found.safe, found.reason


@pytest.mark.parametrize(("change", "reason"), UNSAFE, ids=repr)
def test_unsafe(change: RowChange, reason: str) -> None:
    found = rerun(change, STATE)
    assert not found.safe
    assert re.search(reason, found.reason)


def test_what_comes_first_must_not_read_what_comes_later() -> None:
    copy = Update(model=HOME, assign=(("order", own("name")),))
    rename = Update(model=HOME, assign=(("name", own("city__name")),))
    assert rerun_all([rename, copy], STATE).safe
    assert not rerun_all([copy, rename], STATE).safe
    assert rerun_all([copy, rename], STATE).reason == "what comes first reads Home, which is changed after it"


@pytest.mark.parametrize(
    ("first", "second", "safe"),
    [
        (Insert(model=COUNTRY, rows=ROWS, key=("code",)), Delete(model=COUNTRY, where=where(code="us")), False),
        (Delete(model=COUNTRY, where=where(code="us")), Insert(model=COUNTRY, rows=ROWS, key=("code",)), False),
        (Delete(model=COUNTRY, rows=ROWS), Update(model=CITY, assign=constants(code=1)), True),
        (Update(model=HOME, assign=(("name", own("city__name")),)), Delete(model=CITY, where=where(code=1)), False),
        (
            Insert(model=LABEL, source=HOME, assign=(("home_id", source("id")),), key=("home_id",)),
            Update(model=LABEL, assign=(("name", own("home__name")), ("kind", Constant("x")))),
            True,
        ),
        (
            Insert(model=LABEL, source=HOME, assign=(("home_id", source("id")),), key=("home_id",)),
            Update(model=LABEL, assign=constants(home_id=None)),
            False,
        ),
    ],
    ids=repr,
)
def test_two_changes(first: RowChange, second: RowChange, safe: bool) -> None:
    assert rerun_all([first, second], STATE).safe is safe
