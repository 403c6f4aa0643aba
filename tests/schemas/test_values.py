"""The tagged values of `set:`, and the conditions of `where:`."""

# ruff: noqa: E501 (a table is read by its rows)

from __future__ import annotations

import datetime
import decimal
from typing import Any

import pytest

from migspec.dsl.diagnostics import SpecError
from migspec.dsl.expressions import parse
from migspec.schemas.data.rows import Column, Computed, Constant, Filter, Lookups, Mapped, PerRow
from row_specs import change, place, refused, wrong


def value(column: str, written: str) -> Any:
    """Give what a value means that is set in Home."""
    return dict(change(f"update_rows: Home\nset: {{{column}: {written}}}").assign)[column]


def said(column: str, written: str) -> str:
    return wrong(f"update_rows: Home\nset: {{{column}: {written}}}")


def where(condition: str) -> Any:
    return change(f"update_rows: Home\nset: {{flag: true}}\nwhere: {condition}").where


def where_said(condition: str) -> str:
    return wrong(f"update_rows: Home\nset: {{flag: true}}\nwhere: {condition}")


# --- values ---


@pytest.mark.parametrize(
    ("column", "written", "meant"),
    [
        ("code", "3", Constant(3)),
        ("price", "1.10", Constant(decimal.Decimal("1.10"))),
        ("slug", "null", Constant(None)),
        ("slug", '{expr: "None"}', Constant(None)),
        ("data", "{value: {a: [1]}}", Constant({"a": [1]})),
        ("data", "{expr: dict}", Constant({})),
        ("code", "{field: old_code}", Column("old_code")),
        ("name", "{field: country.name}", Column("country__name")),
        ("country_id", "{field: country_id}", Column("country_id")),
        ("price", "{field: code}", Column("code")),
        ("day", '{expr: "datetime.date(2024, 1, 31)"}', Constant(datetime.date(2024, 1, 31))),
        ("slug", "{expr: uuid.uuid4}", PerRow(parse("uuid.uuid4"))),
        ("code", "{expr: \"F('code') + F('old_code')\"}", Computed(parse("F('code') + F('old_code')"), ("code", "old_code"))),
        ("name", "{expr: \"Concat('name', Value(' '), 'country__name')\"}", Computed(parse("Concat('name', Value(' '), 'country__name')"), ("name", "country__name"))),
        (
            "name",
            "{expr: \"Case(When(Q(code__gt=3) & ~Q(country=None), then=Value('a')), default=F('slug'))\"}",
            Computed(parse("Case(When(Q(code__gt=3) & ~Q(country=None), then=Value('a')), default=F('slug'))"), ("code", "country", "slug")),
        ),
        ("name", "{map: {1: one, 2: two}, field: code}", Mapped(Column("code"), ((1, "one"), (2, "two")))),
        (
            "note",
            "{map: {1: one}, field: code, unmatched: null}",
            Mapped(Column("code"), ((1, "one"),), "null", "null"),  # the code is NOT NULL
        ),
        ("name", "{map: {true: t, false: f}, field: flag, unmatched: keep}", Mapped(Column("flag"), ((True, "t"), (False, "f")), "keep", "keep")),
        ("note", "{map: {no: {expr: \"None\"}}, field: country.code, unmatched: \"null\"}", Mapped(Column("country__code"), (("no", None),), "null")),
        ("country_id", "{map: {1: 2}, field: country_id}", Mapped(Column("country_id"), ((1, 2),))),
    ],
)  # fmt: skip
def test_value(column: str, written: str, meant: Any) -> None:
    assert value(column, written) == meant


@pytest.mark.parametrize(
    ("column", "written", "complaint"),
    [
        ("code", '"3"', "E307 at \"3\": 'code' holds whole numbers, not the text '3' / write 3 without quotes"),
        ("code", "null", "E307 at null: 'code' is NOT NULL"),
        ("code", '{expr: "None"}', "E307 at \"None\": 'code' is NOT NULL"),
        ("name", "{value: 3}", "E307 at 3: 'name' holds text, not the number 3 / quote it: '3'"),
        ("cod", "3", "E303 at cod: homes.Home has no column 'cod' at this place / did you mean 'code'?"),
        ("country", "3", "E306 at country: 'country' is a relation; rows hold its column 'country_id' / write 'country_id'"),
        ("name", "{field: nam}", "E303 at nam: homes.Home has no column 'nam' at this place / did you mean 'name'?"),
        ("name", "{field: country}", "E306 at country: 'country' is a relation; rows hold its column 'country_id' / write 'country_id'"),
        ("name", "{field: code}", "E307 at code: 'name' holds text, and 'code' holds whole numbers / convert it: {expr: \"Cast('code', models.CharField())\"}"),
        (
            "name",
            "{source: name}",
            "E201 at source: there is no source row: the step has no 'source' / name the model, and how its rows match: source: ...",
        ),
        ("name", "{map: {x: one}, field: code}", "E307 at x: 'code' holds whole numbers, not the text 'x'"),
        ("name", "{map: {1: 1}, field: code}", "E307 at 1: 'name' holds text, not the number 1 / quote it: '1'"),
        ("name", "{map: {1: {expr: uuid.uuid4}}, field: code}", "E307 at {expr: uuid.uuid4}: a map gives constants, and this is computed"),
        ("name", "{map: {1: one}, field: code, unmatched: null}", "E307 at null: 'name' is NOT NULL"),
        ("name", "{map: {1: one}}", "E201 at map: a map is about one column: 'field' or 'source' / add field: ..."),
        ("name", "{map: {1: one}, field: code, source: code}", "E208 at map: a map is about one column: 'field' or 'source' / leave one of the two out"),
        ("name", "{expr: \"F('nam')\"}", "E303 at \"F('nam')\": homes.Home has no column or relation 'nam' at this place / did you mean 'name'?"),
        ("name", "{expr: \"Concat('name', 'country__nam')\"}", "E303 at \"Concat('name', 'country__nam')\": homes.Country has no column or relation 'nam' at this place / did you mean 'name'?"),
        ("name", "{expr: \"F('homeaddress__id')\"}", "E318 at \"F('homeaddress__id')\": 'homeaddress__id' leads to several rows, and a column holds one value / aggregate them, as in Max('homeaddress__id'), or take one of them from a 'source' with 'pick'"),
        ("day", "{expr: \"datetime.date.today()\"}", "E307 at \"datetime.date.today()\": 'datetime.date.today()' would be computed once, when the spec is compiled / write 'datetime.date.today' to call it for each row, with arguments {python: \"return datetime.date.today(...)\"}"),
        ("slug", "{expr: django.utils.text.slugify}", "E307 at django.utils.text.slugify: 'django.utils.text.slugify' wants arguments, and it is called for each row without any / with arguments it is {python: \"return slugify(...)\"}"),
    ],
)  # fmt: skip
def test_value_that_does_not_fit(column: str, written: str, complaint: str) -> None:
    assert said(column, written) == complaint


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        ("[1, 2]", "E204", "a list is not a bare value"),
        ("{}", "E204", "a value is a literal, {value}, {field}, {source}, {map}, {expr}, {get}, {exists}, {row_number}, {convert}, {json} or {python}"),
        ("{a: 1}", "E204", "a value is a literal, {value}, {field}, {source}, {map}, {expr}, {get}, {exists}, {row_number}, {convert}, {json} or {python}"),
        ("{feild: code}", "E202", "'feild' is not a key of 'name'"),
        ("{field: code, nulls: keep}", "E202", "'nulls' is not a key of 'name'"),
        ("{field: 3}", "E204", "'field' takes text, not the number 3"),
        ("{expr: 'lambda: 1'}", "E207", "a lambda cannot stand in an expression"),
        ("{map: {}, field: code}", "E205", "'map' is empty"),
        ("{map: {1: one}, field: code, unmatched: ignore}", "E205", "'unmatched' takes 'error', 'keep', 'null' or {value: ...}, not the text 'ignore'"),
        ("{map: {1: [a]}, field: code}", "E204", "a list is not a bare value"),
        ("{map: {1: {field: name}}, field: code}", "E204", "here stands a literal, {value: ...} or {expr: ...}"),
    ],
)  # fmt: skip
def test_shape_of_a_value(written: str, code: str, message: str) -> None:
    with pytest.raises(SpecError) as error:
        place(f"update_rows: Home\nset: {{name: {written}}}")
    (found,) = error.value.diagnostics
    assert (found.code, found.message) == (code, message)


def test_keys_of_a_map_that_are_one_value() -> None:
    assert said("name", "{map: {1.0: one, 1.00: two}, field: price}").startswith(
        "E104 at 1.00: the value 1.00 stands twice"
    )


# --- conditions ---


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{code: 3}", Lookups((("code", 3),), ("code",))),
        ("{code__in: [1, 2], slug: null}", Lookups((("code__in", [1, 2]), ("slug__isnull", True)), ("code", "slug"))),
        ("{country__code__startswith: n}", Lookups((("country__code__startswith", "n"),), ("country__code",))),
        ("{country_id__isnull: false}", Lookups((("country_id__isnull", False),), ("country_id",))),
        ("{day__year__gte: 2020}", Lookups((("day__year__gte", 2020),), ("day",))),
        ("{day__range: ['2020-01-01', '2020-12-31']}", Lookups((("day__range", [datetime.date(2020, 1, 1), datetime.date(2020, 12, 31)]),), ("day",))),
        ("{homeaddress__isnull: true}", Lookups((("homeaddress__isnull", True),), ("homeaddress",))),
        ("{homeaddress__address__city: Oslo}", Lookups((("homeaddress__address__city", "Oslo"),), ("homeaddress__address__city",))),
        ("{homeaddress: 3}", Lookups((("homeaddress", 3),), ("homeaddress",))),
        ("{data__a__b: {value: [1]}}", Lookups((("data__a__b", [1]),), ("data",))),
        ("{pk: 3}", Lookups((("pk", 3),), ("pk",))),
        ("{code__gt: {field: old_code}}", Lookups((("code__gt", Column("old_code")),), ("code", "old_code"))),
        ("Q(code=1) | ~Q(country__code='no')", Filter(parse("Q(code=1) | ~Q(country__code='no')"), ("code", "country__code"))),
        ("Q(code__gt=F('old_code'))", Filter(parse("Q(code__gt=F('old_code'))"), ("code", "old_code"))),
    ],
)  # fmt: skip
def test_condition(written: str, meant: Any) -> None:
    assert where(written) == meant


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('{code: "3"}', "E307 at \"3\": 'code' holds whole numbers, not the text '3' / write 3 without quotes"),
        ("{cod: 3}", "E303 at cod: homes.Home has no column or relation 'cod' at this place / did you mean 'code'?"),
        ("{country: 3}", "E306 at country: 'country' is a relation; rows hold its column 'country_id' / write 'country_id'"),
        ("{country__isnull: true}", "E306 at country__isnull: 'country' is a relation; rows hold its column 'country_id' / write 'country_id__isnull'"),
        ("{country__cod: no}", "E303 at country__cod: homes.Country has no column or relation 'cod' at this place / did you mean 'code'?"),
        ("{country.code: no}", "E303 at country.code: 'country.code' is not a lookup; lookups join names with '__' / write 'country__code'"),
        ("{code__grt: 3}", "E303 at code__grt: 'grt' is not a lookup of 'code' / did you mean 'gt'?"),
        ("{code__in: 3}", "E307 at 3: 'code__in' takes a list"),
        ("{code: [1, 2]}", "E307 at [1, 2]: 'code' is compared with one value, and this is a list / write code__in: [...]"),
        ("{slug__in: [a, null]}", "E307 at null: 'slug__in' is compared with each item, and one is null / NULL equals nothing; use the lookup isnull"),
        ("{code__gt: null}", "E307 at null: 'code__gt' is compared by 'gt', and NULL has no order and no text / use the lookup isnull"),
        ("{code__isnull: 1}", "E307 at 1: 'code__isnull' takes true or false"),
        ("{name__contains: 3}", "E307 at 3: 'name__contains' is compared by 'contains', which takes text"),
        ("F('code') + 1", "E307 at F('code') + 1: this expression is not a condition / write a condition: \"Q(flag=True) & ~Q(name='')\""),
        ("Q(cod=3)", "E303 at Q(cod=3): homes.Home has no column or relation 'cod' at this place / did you mean 'code'?"),
        ("Q(code__grt=3)", "E303 at Q(code__grt=3): 'grt' is not a lookup of 'code' / did you mean 'gt'?"),
    ],
)  # fmt: skip
def test_condition_that_does_not_fit(written: str, complaint: str) -> None:
    assert where_said(written) == complaint


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = refused('update_rows: Home\nset: {code: "3", name: 4}\nwhere: {cod: 3, flag: 1}')
    assert [one.code for one in found] == ["E307", "E307", "E303", "E307"]
