"""The data steps: what each lowers to, and what it refuses."""

# ruff: noqa: E501 (a table is read by its rows)

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from django.db import models
from django.db.migrations.state import ProjectState

from migspec.compiler.changes.row_effects import row_effects
from migspec.dsl.diagnostics import SpecError
from migspec.schemas.changes import EVERYTHING, Kind, PythonChange, SQLChange, Touch
from migspec.schemas.data.rows import Column, Constant, Delete, Insert, Join, Lookups, Mapped, Update
from row_specs import COUNTRY, HOME, HOME_ADDRESS, change, foreign, homes, made, place, refused, wrong

CENTRAL = type(HOME)("homes", "Central")


def with_address(**arguments: Any) -> ProjectState:
    """Home has got a column for its address."""
    state = homes()
    field = models.OneToOneField("accounts.Address", models.SET_NULL, null=True, **arguments)
    state.add_field("homes", "home", "address", field, preserve_default=True)
    return state


def unshaped(text: str) -> str:
    """Give what is wrong with the shape of a step."""
    with pytest.raises(SpecError) as error:
        place(text)
    (found,) = error.value.diagnostics
    return f"{found.code} {found.message}"


# --- update_rows ---

NEWEST = """
update_rows: Home
source: HomeAddress
match: {id: home_id}
pick: {first_by: -id}
set: {address_id: {source: address_id}}
duplicates: error
"""


def test_update_from_a_source() -> None:
    assert change(NEWEST, with_address()) == Update(
        model=HOME,
        assign=(("address_id", Column("address_id", "source")),),
        join=Join(source=HOME_ADDRESS, on=(("id", "home_id"),), order=("-id",)),
        distinct=("address_id",),
    )


@pytest.mark.parametrize(
    ("pick", "order"),
    [
        ("{first_by: address_id}", ("address_id", "id")),
        ("{first_by: -address.city}", ("-address__city", "id")),
        ("{last_by: address_id}", ("-address_id", "-id")),
        ("{last_by: [-address_id, id]}", ("address_id", "-id")),
        ("{first_by: [address_id, -pk]}", ("address_id", "-pk")),
    ],
)
def test_pick_is_completed_by_the_primary_key(pick: str, order: tuple[str, ...]) -> None:
    found = change(NEWEST.replace("{first_by: -id}", pick), with_address())
    assert found.join.order == order


def test_a_match_that_covers_a_key_needs_no_pick() -> None:
    found = change("update_rows: Home\nsource: Country\nmatch: {country_id: id}\nset: {name: {source: name}}")
    assert found.join == Join(source=COUNTRY, on=(("country_id", "id"),))
    found = change(
        "update_rows: Home\nsource: Country\nmatch: {country_id: area}\nsource_where: {code: no}\nset: {name: {source: name}}"
    )
    assert found.join.order == ()
    assert found.join.where == Lookups((("code", "no"),), ("code",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "pick: {first_by: -id}\n",
            "",
            "E318 at {id: home_id}: several rows of HomeAddress may belong to one row of Home / say which one counts, for example the oldest or the newest:\npick: {first_by: id}\npick: {first_by: \"-id\"}",
        ),
        (
            "duplicates: error\n",
            "",
            "E313 at {source: address_id}: 'address_id' is unique, and these values may repeat / let the migration check them before it writes: add duplicates: error",
        ),
        ("{first_by: -id}", "{first_by: -di}", "E303 at -di: homes.HomeAddress has no column 'di' at this place"),
        ("{id: home_id}", "{id: home}", "E306 at home: 'home' is a relation; rows hold its column 'home_id' / write 'home_id'"),
        ("{id: home_id}", "{di: home_id}", "E303 at di: homes.Home has no column 'di' at this place"),
        ("{id: home_id}", "{name: home_id}", "E307 at home_id: 'name' holds text, and 'home_id' of HomeAddress whole numbers / match columns of one kind"),
        ("HomeAddress", "HomeAdress", "E302 at HomeAdress: the app 'homes' has no model 'HomeAdress' at this place / did you mean 'HomeAddress'?"),
        ("source: HomeAddress\n", "", "E201 at match: 'match' is about a source row, and the step has no 'source' / add source: ..."),
        ("match: {id: home_id}\n", "", "E201 at source: the step does not say which row of HomeAddress belongs to a row / add, for example, match: {id: ...}"),
        ("{source: address_id}", "{source: address}", "E306 at address: 'address' is a relation; rows hold its column 'address_id' / write 'address_id'"),
        ("{source: address_id}", "{source: address.city}", "E307 at address.city: 'address_id' holds whole numbers, and 'address.city' holds text / {expr} reads the rows of Home: convert it into a column of the source row first"),
    ],
)  # fmt: skip
def test_update_from_a_source_that_is_wrong(old: str, new: str, said: str) -> None:
    text = NEWEST.replace(old, new, 1)
    found = [one for one in refused(text, with_address()) if one.code == said[:4]]
    at = found[0].place
    shown = f"{found[0].code} at {at.text[at.column - 1 : at.column - 1 + at.width]}: {found[0].message}"
    assert shown + (f" / {found[0].hint}" if found[0].hint else "") == said


UNIQUE = [
    ("slug", "{expr: uuid.uuid4}", "", True),
    ("slug", "null", "", True),
    ("slug", "{field: slug}", "", True),
    ("slug", "{field: country.code}", "", False),
    ("slug", "{field: name}", "", False),
    ("slug", "a", "", False),
    ("slug", "a", "where: {id: 3}", True),
    ("slug", "a", "where: {pk: 3}", True),
    ("slug", "a", "where: {name: b}", False),
    ("slug", "{map: {a: b}, field: slug}", "", True),
    ("slug", "{map: {a: b, c: b}, field: slug}", "", False),
    ("slug", "{map: {a: b}, field: slug, unmatched: keep}", "", False),
    ("slug", "{map: {a: b}, field: name}", "", False),
    ("slug", "{source: code}", "source: Country\nmatch: {country_id: id}", False),  # several homes in one country
    ("slug", "{source: code}", "source: Country\nmatch: {id: id}", True),
    ("slug", "{source: name}", "source: Country\nmatch: {id: id}", False),
    ("slug", "{source: code}", "source: Country\nmatch: {id: area}\npick: {first_by: id}", True),
    ("slug", "{expr: \"Concat('name', Value('-'), 'slug')\"}", "", False),
]


@pytest.mark.parametrize(("column", "written", "more", "proved"), UNIQUE)
def test_proof_that_values_differ(column: str, written: str, more: str, proved: bool) -> None:
    text = f"update_rows: Home\nset: {{{column}: {written}}}\n{more}"
    if proved:
        assert change(text).distinct == ()
    else:
        assert refused(text)[0].code == "E313"
        assert change(f"{text.rstrip()}\nduplicates: error").distinct == (column,)


def test_duplicates_of_a_column_that_becomes_unique_later() -> None:
    assert change("update_rows: Home\nset: {name: {field: note}}\nduplicates: error").distinct == ("name",)
    said = wrong("update_rows: Home\nset: {name: a, code: 3}\nduplicates: error")
    assert said.startswith("E313 at error: none of the columns in 'set' is unique in Home at this place")


def test_update_refuses() -> None:
    state = homes()
    twice = models.GeneratedField(expression=models.F("code") * 2, output_field=models.IntegerField(), db_persist=True)
    state.add_field("homes", "home", "twice", twice, preserve_default=True)
    said = wrong("update_rows: Home\nset: {twice: 3}", state)
    assert said == "E307 at twice: 'twice' is a generated column; the database computes it"
    assert unshaped("update_rows: Home\nset: {}").startswith("E205")


def test_a_virtual_link_is_no_column() -> None:
    state = homes()
    link = models.ForeignObject("homes.Central", models.CASCADE, from_fields=["id"], to_fields=["id"], null=True)
    state.add_field("homes", "home", "central", link, preserve_default=True)
    assert wrong("update_rows: Home\nset: {central: 3}", state).startswith("E303 at central: ")
    found = change("update_rows: Home\nset: {flag: true}\nwhere: {central__rooms: 3}", state)
    assert found.where == Lookups((("central__rooms", 3),), ("central__rooms",))


# --- insert_rows ---


def test_insert() -> None:
    found = change(
        "insert_rows: Country\nkey: code\nrows:\n  - {code: us, name: USA}\n  - {name: France, code: fr, area: 3}"
    )
    assert found == Insert(
        model=COUNTRY,
        rows=(
            (("code", Constant("us")), ("name", Constant("USA"))),
            (("name", Constant("France")), ("code", Constant("fr")), ("area", Constant(3))),
        ),
        key=("code",),
    )


def test_columns_that_are_not_named_are_left_to_their_defaults() -> None:
    state = homes()
    state.add_model(
        made(
            "homes",
            "Log",
            token=models.UUIDField(default="uuid.uuid4"),
            level=models.IntegerField(default=3),
            made=models.DateTimeField(auto_now_add=True),
            text=models.CharField(max_length=9, null=True),
            tags=models.JSONField(default=list),
            size=models.IntegerField(db_default=5),
            home=models.CharField(max_length=9),
        )
    )
    import uuid

    state.models["homes", "log"].fields["token"] = models.UUIDField(default=uuid.uuid4)
    found = change("insert_rows: Log\nrows: [{home: a}]", state)
    assert found.rows == ((("home", Constant("a")),),)
    assert wrong("insert_rows: Log\nrows: [{level: 4}]", state) == (
        "E308 at {level: 4}: 'home' of Log is NOT NULL and has no default / add home: ..."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rows: [{code: usa, name: USA}]", "E307 at usa: 'code' holds at most 2 characters, and this has 3"),
        ("rows: [{code: us, nam: USA}]", "E303 at nam: homes.Country has no column 'nam' at this place / did you mean 'name'?"),
        ("rows: [{code: us}]", "E308 at {code: us}: 'name' of Country is NOT NULL and has no default / add name: ..."),
        ("key: [code, area]\nrows: [{code: us, name: USA}]", "E308 at {code: us, name: USA}: the row does not name 'area', by which it is known / add area: ..."),
        ("rows: [{code: us, name: USA}, {code: us, name: US}]", "E313 at us: row 1 has code 'us' already"),
        ("key: name\nrows: [{code: us, name: USA}, {code: fr, name: USA}]", "E313 at USA: row 1 has name 'USA' already"),
        ("key: cod\nrows: [{code: us, name: USA}]", "E303 at cod: homes.Country has no column 'cod' at this place / did you mean 'code'?"),
        ("existing: error\nrows: [{code: us, name: USA}]", "E201 at existing: 'existing' is about rows whose key is there, and the step has no 'key' / add key: ..."),
        ("key: [code, code]\nrows: [{code: us, name: USA}]", "E104 at code: 'code' stands twice in the key"),
        ("key: area\nrows: [{code: us, name: USA, area: null}]", "E307 at null: 'area' is in the key, and NULL equals nothing"),
        ("rows: [{code: us, name: {expr: \"F('code')\"}}]", "E303 at \"F('code')\": 'code' is a column, and a row that is written in the spec has no columns to read"),
    ],
)  # fmt: skip
def test_insert_that_is_wrong(text: str, said: str) -> None:
    found = refused(f"insert_rows: Country\n{text}")[-1]
    at = found.place.text[found.place.column - 1 : found.place.column - 1 + found.place.width]
    assert f"{found.code} at {at}: {found.message}" + (f" / {found.hint}" if found.hint else "") == said


def test_all_rows_are_judged_at_once() -> None:
    found = refused("insert_rows: Country\nrows: [{code: usa, name: 1}, {cod: fr}]")
    assert [one.code for one in found] == ["E307", "E307", "E303"]


# --- copy_rows ---


def parts() -> ProjectState:
    state = homes()
    state.add_model(
        made(
            "homes",
            "Street",
            id=models.BigIntegerField(primary_key=True),
            street=models.CharField(max_length=50),
            name=models.CharField(max_length=20, default="x"),
            size=models.IntegerField(null=True),
        )
    )
    return state


def test_copy() -> None:
    found = change(
        "copy_rows: Central\ninto: Street\ncopy: [street]\nset: {id: {source: id}}\nwhere: {rooms__gt: 1}", parts()
    )
    assert found == Insert(
        model=type(HOME)("homes", "Street"),
        source=CENTRAL,
        assign=(
            ("street", Column("street", "source")),
            ("id", Column("id", "source")),
        ),
        where=Lookups((("rooms__gt", 1),), ("rooms",)),
    )
    found = change(
        "copy_rows: Central\ninto: Street\ncopy: all\nset: {name: {field: street}, size: {map: {1: 2}, field: rooms}}",
        parts(),
    )
    assert dict(found.assign) == {
        "id": Column("id", "source"),
        "street": Column("street", "source"),
        "name": Column("street", "source"),
        "size": Mapped(Column("rooms", "source"), ((1, 2),)),
    }


def test_the_database_numbers_the_copies() -> None:
    found = change(
        "copy_rows: HomeAddress\ninto: Country\nset: {name: {source: address.city}, code: {expr: uuid.uuid4}}\nkey: name"
    )
    assert [name for name, _ in found.assign] == ["name", "code"]
    assert found.key == ("name",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("copy: [street]", "E308 at Street: 'id' of Street is NOT NULL and has no default / add set: {id: ...}"),
        ("copy: [steet]", "E303 at steet: homes.Street has no column 'steet' at this place / did you mean 'street'?"),
        ("copy: [id, size]", "E303 at size: Central has no column 'size', so it cannot be copied by name / name its value: set: {size: {source: ...}}"),
        ("copy: all\nset: {id: {source: rooms}}", "E313 at {source: rooms}: 'id' of Street is unique, and these values may repeat / take the first row of each value: add key: id"),
        ("copy: [id, street]\nset: {street: a}", "E208 at street: 'street' stands in 'copy' and in 'set' / leave it out of 'copy'"),
        ("copy: [id, street]\nset: {size: {source: street}}", "E307 at street: 'size' holds whole numbers, and 'street' holds text / convert it: {expr: \"Cast('street', models.IntegerField())\"}"),
        ("copy: [id, street]\nkey: size", "E308 at size: the key column 'size' gets no value / add set: {size: {source: ...}}"),
        ("copy: all\nset: {name: {map: {a: b}, field: name, unmatched: keep}}", "E307 at keep: a new row has nothing to keep / write error, null or {value: ...}"),
    ],
)  # fmt: skip
def test_copy_that_is_wrong(text: str, said: str) -> None:
    assert wrong(f"copy_rows: Central\ninto: Street\n{text}", parts()) == said


def test_copy_without_its_models() -> None:
    found = refused("copy_rows: Centrl\ninto: Stret\ncopy: all")
    assert [one.code for one in found] == ["E302", "E302"]


# --- delete_rows ---


def test_delete() -> None:
    assert change("delete_rows: Home\nwhere: all") == Delete(model=HOME)
    assert change("delete_rows: Home\nwhere: {flag: true}") == Delete(
        model=HOME, where=Lookups((("flag", True),), ("flag",))
    )
    assert unshaped("delete_rows: Home").startswith("E201 delete_rows needs the key 'where'")
    assert wrong("delete_rows: Home\nwhere: everything").startswith("E207")


# --- run_python ---


def test_run_python() -> None:
    text = """
    run_python: |
      for row in []:
          pass
    uses: [Home, accounts.Address]
    reverse: |
      pass
    """
    found = change(text)
    touched = frozenset({Touch("model", "homes", "home"), Touch("model", "accounts", "address")})
    assert isinstance(found, PythonChange)
    assert (found.body, found.reverse, found.app_label) == ("for row in []:\n    pass", "pass", "homes")
    assert found.effects.reads == found.effects.writes == touched


def test_run_python_reverses() -> None:
    assert change("run_python: pass\nreverse: {noop: fine}").reverse == ""
    found = change("run_python: return\nreverse: {irreversible: no way}")
    assert found.reverse is None
    assert found.effects.writes == {EVERYTHING}
    said = wrong("run_python: pass")
    assert said.startswith(
        'E501 at run_python: what undoes code of your own has to be said / write one of\nreverse: "statements'
    )
    assert wrong("run_python: pass\nreverse: pass\nuses: [Hom]").startswith("E302 at Hom")
    found = refused("run_python: pass\nreverse: pass\nbatch: off\nkeep_old: true\nemit: sql")
    assert [one.code for one in found] == ["E208", "E208", "E208"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x = = 1", "E207 this is not Python: invalid syntax"),
        ("|\n  x = 1\n  if x\n    pass", "E207 this is not Python: expected ':'"),
        ("break", "E207 this is not Python: 'break' outside loop"),
        ('""', "E207 the function has no body"),
        ("|\n  nonlocal x\n  x = 1", "E207 this is not Python: no binding for nonlocal 'x' found"),
    ],
)
def test_e207_run_python(body: str, said: str) -> None:
    assert unshaped(f"run_python: {body}\nreverse: pass") == said


# --- run_sql ---


def sql(text: str, **scope: Any) -> SQLChange:
    found = change(textwrap.dedent(text), **scope)
    assert isinstance(found, SQLChange)
    return found


def test_run_sql() -> None:
    found = sql("run_sql: UPDATE a SET b = %s\nparams: [1.5, x]\nreverse: {noop: fine}\nuses: [Home]")
    assert found.sql == {None: (("UPDATE a SET b = %s", (1.5, "x")),)}
    assert found.reverse == {None: ()}
    assert found.kind is Kind.DATA
    assert found.effects.writes == {Touch("model", "homes", "home")}
    found = sql("run_sql: [a, {sql: 'b %(c)s', params: {c: 1}}]\nreverse: {irreversible: no way}")
    assert found.sql == {None: (("a", None), ("b %(c)s", {"c": 1}))}
    assert found.reverse is None
    found = sql("run_sql: {sqlite: a, postgresql: [b, c]}\nreverse: {sqlite: d, postgresql: {sql: e}}")
    assert found.sql == {"sqlite": (("a", None),), "postgresql": (("b", None), ("c", None))}
    assert found.reverse == {"sqlite": (("d", None),), "postgresql": (("e", None),)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("UPDATE a SET b = 1", Kind.DATA),
        ("-- why\n/* and */ create index x on y (z)", Kind.SCHEMA),
        ("CREATE INDEX CONCURRENTLY x ON y (z)", Kind.CONCURRENT),
        ("DROP TABLE a", Kind.CLEANUP),
    ],
)
def test_the_file_of_sql(text: str, kind: Kind) -> None:
    assert sql(f"run_sql: {text!r}\nreverse: {{noop: fine}}".replace("'", '"')).kind is kind


def test_sql_with_state_operations() -> None:
    found = sql("""
        run_sql: ALTER TABLE a ADD b int
        reverse: ALTER TABLE a DROP b
        uses: []
        state_operations:
          - add_field: Home.height
            field: {type: IntegerField, nullable: true}
          - rename_field: Home.height
            to: tall
        """)
    assert [operation.describe() for operation in found.state_operations] == [
        "Add field height to home",
        "Rename field height on home to tall",
    ]
    assert found.kind in (Kind.SCHEMA, Kind.CLEANUP)
    assert Touch("definition", "homes", "home", "height") in found.effects.writes
    text = "run_sql: ALTER TABLE a\nreverse: {noop: b}\nstate_operations:\n  - remove_field: Home.nam"
    assert wrong(text).startswith("E303 at Home.nam")


def test_sql_that_is_wrong() -> None:
    assert wrong("run_sql: a").startswith("E501 at run_sql: what undoes SQL of your own has to be said")
    assert wrong("run_sql: [a]\nparams: [1]\nreverse: b").startswith("E208 at params")
    said = wrong("run_sql: {postgresql: a}\nreverse: b")
    assert said == "E310 at run_sql: the project declares sqlite, for which there is no SQL / add sqlite: ..."
    assert unshaped("run_sql: {postgres: a}\nreverse: b").startswith("E20")
    assert unshaped("run_sql: []\nreverse: b").startswith("E205")


# --- what row changes touch ---


def touches(text: str, state: ProjectState | None = None) -> tuple[set[str], set[str]]:
    now = state or homes()
    effects = row_effects([change(text, now)], now)
    return {said(touch) for touch in effects.reads}, {said(touch) for touch in effects.writes}


def said(touch: Touch) -> str:
    return f"{touch.what} {touch.model}" + (f".{touch.name}" if touch.name else "")


def test_what_an_update_touches() -> None:
    read, written = touches(NEWEST, with_address())
    assert written == {"values home.address"}
    assert read == {
        "rows home",
        "rows homeaddress",
        "rows address",
        "definition home.address",
        *(f"{what} {column}" for what in ("definition", "values") for column in ("home.id", "homeaddress.id", "homeaddress.home", "homeaddress.address")),
    }  # fmt: skip


def test_what_an_insert_touches() -> None:
    read, written = touches("insert_rows: Country\nkey: code\nrows: [{code: us, name: USA}]")
    assert written == {
        "rows country",
        "values country.id",
        "values country.code",
        "values country.name",
        "values country.area",
    }
    assert {"shape country", "exists country", "values country.code", "definition country.name"} <= read


def test_what_a_delete_touches() -> None:
    read, written = touches("delete_rows: Country\nwhere: {homes__isnull: true}", with_related())
    assert written == {"rows country", "values home.country", "rows city"}
    assert {"rows country", "rows home", "definition home.country"} <= read


def with_related() -> ProjectState:
    state = homes()
    state.models["homes", "home"].fields["country"] = foreign(
        "homes.Country", null=True, on_delete=models.SET_NULL, related_name="homes"
    )
    state.add_model(made("homes", "City", country=foreign("homes.Country")))
    return state


def test_columns_of_parents_belong_to_them() -> None:
    state = homes()
    state.add_model(
        made(
            "homes",
            "Villa",
            id=models.CharField(max_length=1, null=True),
            home_ptr=models.OneToOneField("homes.Home", models.CASCADE, parent_link=True, primary_key=True),
            pool=models.BooleanField(default=False),
            bases=("homes.home",),
        )
    )
    del state.models["homes", "villa"].fields["id"]
    _, written = touches("update_rows: Villa\nset: {name: a, pool: true}", state)
    assert written == {"values home.name", "values villa.pool"}
    found = refused("insert_rows: Villa\nrows: [{home_ptr_id: 3, name: a}]", state)
    assert [one.code for one in found] == ["E502"]
    found = change("insert_rows: Villa\nrows: [{home_ptr_id: 3}]", state)
    assert found.rows == ((("home_ptr_id", Constant(3)),),)
