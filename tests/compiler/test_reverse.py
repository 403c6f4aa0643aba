"""The calculus of reversing: each row of the table, and the stories."""

# ruff: noqa: E501 (a table is read by its rows)

from __future__ import annotations

from typing import Any

import pytest
from django.db import models

from migspec.compiler.reversing.reversal import Reversal
from migspec.compiler.reversing.reverse import needs_relaxing
from migspec.dsl.diagnostics import SpecError
from migspec.dsl.expressions import parse
from migspec.schemas.data.rows import (
    Column,
    Computed,
    Constant,
    Delete,
    Insert,
    Join,
    Lookups,
    Mapped,
    ModelKey,
    Update,
)
from migspec.schemas.errors.pasting import GIVING_UP
from row_specs import ADDRESS, COUNTRY, HOME, HOME_ADDRESS, follow, homes

CENTRAL = ModelKey("homes", "Central")
EXACT = Reversal(changes=(), fidelity="exact")


def exact(*changes: Any) -> Reversal:
    return Reversal(changes=changes, fidelity="exact")


def best_effort(differs: str, *changes: Any) -> Reversal:
    return Reversal(changes=changes, fidelity="best effort", differs=differs)


def not_null(*paths: str) -> Lookups:
    return Lookups(tuple((f"{path}__isnull", False) for path in paths), paths)


# --- the stories ---

ONE_ADDRESS = """
- add_field: Home.address
  field: {type: OneToOneField, to: accounts.Address, on_delete: SET_NULL, nullable: true}
- update_rows: Home
  source: HomeAddress
  match: {id: home_id}
  pick: {first_by: -id}
  set: {address_id: {source: address_id}}
  duplicates: error
- delete_model: HomeAddress
"""


def test_one_home_one_address() -> None:
    assert follow(ONE_ADDRESS).reversal(1) == best_effort(
        "new ids, one row for each Home",
        Insert(
            model=HOME_ADDRESS,
            source=HOME,
            assign=(("home_id", Column("id", "source")), ("address_id", Column("address_id", "source"))),
            where=not_null("address_id"),
            key=("home_id",),
        ),
    )


def test_countries() -> None:
    found = follow("""
        - insert_rows: Country
          key: code
          rows:
            - {code: us, name: USA}
            - {code: fr, name: France, area: 5}
        """).reversal(0)
    assert found == best_effort(
        "a row that was there before goes too if it equals an inserted one in every given column,"
        " and no other row points at it",
        Delete(
            model=COUNTRY,
            rows=(
                (("code", Constant("us")), ("name", Constant("USA"))),
                (("code", Constant("fr")), ("name", Constant("France")), ("area", Constant(5))),
            ),
            cascade=False,
            unreferenced=True,
        ),
    )


WIDE = """
- create_model: Street
  fields:
    central_id: {type: BigIntegerField, primary_key: true}
    street: {type: CharField, max_length: 50}
- create_model: Rooms
  fields:
    central_id: {type: BigIntegerField, primary_key: true}
    rooms: {type: IntegerField}
- copy_rows: Central
  into: Street
  copy: [street]
  set: {central_id: {source: id}}
- copy_rows: Central
  into: Rooms
  copy: [rooms]
  set: {central_id: {source: id}}
- remove_field: Central.street
- remove_field: Central.rooms
"""


def test_breaking_down_a_wide_model() -> None:
    found = follow(WIDE)
    for step, name in ((2, "street"), (3, "rooms")):
        part = ModelKey("homes", name.title())
        back = Update(
            model=CENTRAL,
            assign=((name, Column(name, "source")),),
            join=Join(source=part, on=(("id", "central_id"),)),
        )
        assert found.reversal(step) == exact(back, Delete(model=part, cascade=False))
    places = {found.at(step)[0]: found.reversal(step) for step in (2, 3)}
    relaxed = needs_relaxing(found.fates, places)
    assert [(one.at, str(one.model), one.field) for one in relaxed] == [
        (2, "homes.Central", "street"),
        (2, "homes.Central", "rooms"),
    ]


def test_backfill_and_tighten() -> None:
    found = follow("""
        - add_field: Home.token
          field: {type: UUIDField, nullable: true}
        - add_field: Home.status
          field: {type: CharField, max_length: 9, nullable: true}
        - update_rows: Home
          set: {token: {expr: uuid.uuid4}}
        - update_rows: Home
          set: {status: {map: {10: draft, 20: live}, field: code}}
        - remove_field: Home.code
        """)
    assert found.reversal(2) == EXACT
    back = Mapped(Column("status"), (("draft", 10), ("live", 20)), "error", "error")
    assert found.reversal(3) == exact(Update(model=HOME, assign=(("code", back),)))
    (relaxed,) = needs_relaxing(found.fates, {found.at(3)[0]: found.reversal(3)})
    assert (relaxed.at, relaxed.model, relaxed.field) == (2, HOME, "code")


# --- columns of the row ---


def own(steps: str, step: int = 0, **fields: Any) -> Reversal:
    return follow(steps, with_fields(**fields)).reversal(step)


def with_fields(**fields: Any) -> Any:
    state = homes()
    for name, field in fields.items():
        state.add_field("homes", "home", name, field, preserve_default=True)
    return state


@pytest.mark.parametrize(
    ("column", "value", "back"),
    [
        ("code", "{expr: \"F('code') + 1\"}", "F('code') - 1"),
        ("code", "{expr: \"F('code') - 5\"}", "F('code') + 5"),
        ("code", "{expr: \"3 - F('code')\"}", "3 - F('code')"),
        ("code", "{expr: \"-2 + F('code')\"}", "F('code') - (-2)"),
        ("code", "{expr: \"-F('code')\"}", "-F('code')"),
        ("flag", "{expr: \"~F('flag')\"}", "~F('flag')"),
        ("day", "{expr: \"F('day') + datetime.timedelta(days=1)\"}", "F('day') - datetime.timedelta(days=1)"),
    ],
)
def test_kept_column_with_an_inverse(column: str, value: str, back: str) -> None:
    found = own(f"- update_rows: Home\n  set: {{{column}: {value}}}\n  where: {{name: a}}")
    assert found == exact(
        Update(
            model=HOME, assign=((column, Computed(parse(back), (column,))),), where=Lookups((("name", "a"),), ("name",))
        )
    )


def test_swap() -> None:
    found = own("- update_rows: Home\n  set: {code: {field: old_code}, old_code: {field: code}}")
    assert found == exact(Update(model=HOME, assign=(("old_code", Column("code")), ("code", Column("old_code")))))


def test_map_of_a_kept_column() -> None:
    found = own("- update_rows: Home\n  set: {name: {map: {a: b, b: a}, field: name}}")
    back = Mapped(Column("name"), (("b", "a"), ("a", "b")), "keep", "keep")
    assert found == exact(Update(model=HOME, assign=(("name", back),)))
    # A permutation gives no value that an untouched row may hold.
    found = own("- update_rows: Home\n  set: {name: {map: {a: b, b: a}, field: name, unmatched: keep}}")
    assert found == exact(Update(model=HOME, assign=(("name", back),)))
    found = own(
        "- update_rows: Home\n  set: {note: {map: {a: b}, field: note, unmatched: error, nulls: {value: none}}}"
    )
    back = Mapped(Column("note"), (("b", "a"), ("none", None)), "keep", "keep")
    assert found == exact(Update(model=HOME, assign=(("note", back),)))


def test_map_that_choices_prove() -> None:
    kind = models.CharField(max_length=9, choices=[("a", "A"), ("x", "X")], default="a")
    steps = "- update_rows: Home\n  set: {kind: {map: {a: b}, field: kind, unmatched: keep}}"
    found = own(steps, kind=kind)
    assert found == exact(Update(model=HOME, assign=(("kind", Mapped(Column("kind"), (("b", "a"),), "keep", "keep")),)))
    said = follow(steps.replace("{a: b}", "{a: x}"), with_fields(kind=kind)).lost(0).lost
    assert said == "rows that held 'x' before could not be told from those to which the map gives it"


@pytest.mark.parametrize(
    ("step", "lost"),
    [
        ("set: {code: 3}", "the old values of Home.code would be lost"),
        ("set: {name: {expr: \"Lower('name')\"}}", "the old values of Home.name would be lost"),
        ("set: {name: {field: note}}", "the old values of Home.name would be lost"),
        ("set: {code: {expr: \"F('code') + F('old_code')\"}}", "the old values of Home.code would be lost"),
        ("set: {name: {map: {a: b, c: b}, field: name}}", "the old values of Home.name would be lost: the map gives several of them one value"),
        ("set: {name: {map: {a: b}, field: name, unmatched: {value: b}}}", "the old values of Home.name would be lost"),
        (
            "set: {code: {expr: \"F('code') + 1\"}}\n  where: {code__lt: 5}",
            "the old values of Home.code would be lost: 'where' reads columns that the spec changes, so it does not find the rows again",
        ),
        (
            "set: {code: {expr: \"F('code') + 1\"}, flag: {expr: \"~F('flag')\"}}\n  where: {flag: true}",
            "the old values of Home.code would be lost: 'where' reads columns that the spec changes, so it does not find the rows again",
        ),
        ("set: {name: {map: {a: b}, field: name, unmatched: keep}}", "rows that held 'b' before could not be told from those to which the map gives it"),
        ("source: Country\n  match: {country_id: id}\n  set: {name: {source: name}}", "the old values of Home.name would be lost"),
    ],
)  # fmt: skip
def test_e501_kept_column(step: str, lost: str) -> None:
    found = follow(f"- update_rows: Home\n  {step}").lost(0)
    assert found.lost == lost
    skeleton, *giving_up = found.alternatives
    assert skeleton in [("reverse", [{"update_rows": HOME, "set": {name: ...}}]) for name in ("code", "name")]
    assert giving_up == list(GIVING_UP)


def test_a_later_step_may_change_what_where_reads() -> None:
    steps = """
    - update_rows: Home
      set: {code: {expr: "F('code') + 1"}}
      where: {flag: true}
    - update_rows: Home
      set: {flag: {expr: "~F('flag')"}}
    """
    assert "'where' reads columns that the spec changes" in follow(steps).lost(0).lost
    assert follow(steps).reversal(1).fidelity == "exact"


def test_fresh_column_owes_nothing() -> None:
    steps = """
    - add_field: Home.size
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {size: 3}
    - update_rows: Home
      set: {size: {expr: "F('size') * 2"}}
      where: {size__gt: 3}
    """
    assert own(steps, 1) == own(steps, 2) == EXACT


def test_scratch_column_owes_what_was_dropped_for_it() -> None:
    steps = """
    - add_field: Home.scratch
      field: {type: IntegerField, nullable: true}
    - add_field: Home.number
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {scratch: {field: old_code}}
    - update_rows: Home
      set: {number: {row_number: {within: scratch}}}
    - remove_field: Home.scratch
    """
    assert own(steps, 2) == own(steps, 3) == EXACT
    lost = follow(steps + "- remove_field: Home.old_code").lost(2).lost
    assert lost == "Home.old_code is dropped, and what it held could not be told from Home.scratch"


def test_dropped_column_is_carried() -> None:
    steps = """
    - add_field: Home.number
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {number: {expr: "F('old_code') + 100"}}
    - remove_field: Home.old_code
    """
    back = Computed(parse("F('number') - 100"), ("number",))
    assert own(steps, 1) == exact(Update(model=HOME, assign=(("old_code", back),)))


@pytest.mark.parametrize(
    ("where", "differs", "condition"),
    [
        ("{old_code__isnull: false}", "", not_null("number")),
        ("{name: a}", "rows that 'where' leaves out lose old_code", Lookups((("name", "a"),), ("name",))),
        ("{old_code__gt: 3}", "rows that 'where' leaves out lose old_code", not_null("number")),
    ],
)
def test_dropped_column_of_some_rows(where: str, differs: str, condition: Lookups) -> None:
    steps = f"""
    - add_field: Home.number
      field: {{type: IntegerField, nullable: true}}
    - update_rows: Home
      set: {{number: {{field: old_code}}}}
      where: {where}
    - remove_field: Home.old_code
    """
    update = Update(model=HOME, assign=(("old_code", Column("number")),), where=condition)
    assert own(steps, 1) == (best_effort(differs, update) if differs else exact(update))


def test_dropped_not_null_column_of_some_rows() -> None:
    steps = """
    - add_field: Home.number
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {number: {field: code}}
      where: {name: a}
    - remove_field: Home.code
    """
    said = follow(steps).lost(1).lost
    assert said.endswith("Home.code is NOT NULL, and rows that 'where' leaves out would have no value")


def test_dropped_column_under_new_names() -> None:
    steps = """
    - rename_field: Home.old_code
      to: older
    - add_field: Home.number
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {number: {field: older}}
    - rename_model: Home
      to: House
    - remove_field: House.older
    """
    assert own(steps, 2) == exact(Update(model=HOME, assign=(("older", Column("number")),)))


def test_state_only_removal_loses_nothing() -> None:
    steps = """
    - add_field: Home.number
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {number: {field: old_code}}
    - remove_field: Home.old_code
      state_only: true
    """
    assert own(steps, 1) == EXACT


def test_dropped_column_that_nothing_tells() -> None:
    steps = """
    - add_field: Home.title
      field: {type: CharField, max_length: 99, nullable: true}
    - update_rows: Home
      set: {title: {expr: "Concat('name', Value(' '), 'note')"}}
    - remove_field: Home.note
    """
    said = follow(steps).lost(1).lost
    assert said == "Home.note is dropped, and what it held could not be told from Home.title"
    kept = """
    - add_field: Home.note_too
      field: {type: CharField, max_length: 50, nullable: true}
    - update_rows: Home
      set: {note_too: {field: note}}
    """
    found = follow(kept + steps)
    assert found.reversal(3) == EXACT
    assert found.reversal(1) == exact(Update(model=HOME, assign=(("note", Column("note_too")),)))


def test_dropped_column_that_only_where_reads() -> None:
    steps = """
    - add_field: Home.size
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {size: 3}
      where: {old_code: 1}
    - remove_field: Home.old_code
    """
    assert own(steps, 1) == EXACT


def test_a_chain_of_columns() -> None:
    steps = """
    - add_field: Home.tmp
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {tmp: {field: old_code}}
    - remove_field: Home.old_code
    - add_field: Home.number
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {number: {field: tmp}}
    - remove_field: Home.tmp
    """
    assert own(steps, 1) == exact(Update(model=HOME, assign=(("old_code", Column("tmp")),)))
    assert own(steps, 4) == exact(Update(model=HOME, assign=(("tmp", Column("number")),)))


def test_a_copy_that_is_overwritten_later() -> None:
    steps = """
    - add_field: Home.number
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {number: {field: old_code}}
    - update_rows: Home
      set: {number: 0}
      where: {number__isnull: true}
    - remove_field: Home.old_code
    """
    assert follow(steps).lost(2).lost.endswith("the old values of Home.number would be lost")


# --- columns of another model ---


def test_column_of_a_source_that_stays() -> None:
    steps = """
    - add_field: Home.land
      field: {type: CharField, max_length: 50, nullable: true}
    - update_rows: Home
      source: Country
      match: {country_id: id}
      set: {land: {source: name}}
    - remove_field: Country.name
    """
    said = follow(steps).lost(1).lost
    assert said.endswith("Country.name is NOT NULL, and some rows of Country would have no value")
    update = Update(
        model=COUNTRY,
        assign=(("area", Column("size", "source")),),
        join=Join(source=HOME, on=(("id", "country_id"),), order=("id",)),
    )
    area = "{source: area}"
    found = own(
        steps.replace("land", "size")
        .replace("{source: name}", area)
        .replace("Country.name", "Country.area")
        .replace("CharField, max_length: 50", "IntegerField"),
        1,
    )
    assert found == best_effort("rows of Country that match no Home get no value", update)


def test_column_over_a_relation() -> None:
    steps = """
    - add_field: Home.size
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {size: {field: country.area}}
    - remove_field: Country.area
    """
    update = Update(
        model=COUNTRY,
        assign=(("area", Column("size", "source")),),
        join=Join(source=HOME, on=(("id", "country_id"),), order=("id",)),
    )
    assert own(steps, 1) == best_effort("rows of Country that match no Home get no value", update)


def test_column_of_the_one_row_that_points_here() -> None:
    state = homes()
    state.models["homes", "homeaddress"].fields["home"] = models.OneToOneField("homes.Home", models.CASCADE)
    state.add_field("homes", "homeaddress", "since", models.DateField(), preserve_default=True)
    steps = """
    - add_field: Home.since
      field: {type: DateField, nullable: true}
    - update_rows: Home
      source: HomeAddress
      match: {id: home_id}
      set: {since: {source: since}}
    - remove_field: HomeAddress.since
    """
    found = follow(steps, state)
    update = Update(
        model=HOME_ADDRESS,
        assign=(("since", Column("since", "source")),),
        join=Join(source=HOME, on=(("home_id", "id"),)),
    )
    assert found.reversal(1) == exact(update)
    (relaxed,) = needs_relaxing(found.fates, {1: found.reversal(1)})
    assert (relaxed.model, relaxed.field) == (HOME_ADDRESS, "since")


def test_a_source_with_more_columns() -> None:
    state = homes()
    state.add_field("homes", "homeaddress", "note", models.TextField(default="none"), preserve_default=True)
    state.add_field("homes", "homeaddress", "size", models.IntegerField(null=True), preserve_default=True)
    state.add_field("homes", "homeaddress", "current", models.BooleanField(), preserve_default=True)
    steps = ONE_ADDRESS.replace("  match:", "  source_where: {current: true}\n  match:")
    found = follow(steps, state).reversal(1)
    assert found.differs == "new ids, note is its default, size is NULL, one row for each Home"
    (insert,) = found.changes or ()
    assert isinstance(insert, Insert)
    assert dict(insert.assign) == {
        "home_id": Column("id", "source"),
        "address_id": Column("address_id", "source"),
        "note": Constant("none"),
        "size": Constant(None),
        "current": Constant(True),
    }
    assert insert.key == ("home_id", "current")
    said = follow(ONE_ADDRESS, state).lost(1)
    assert said.lost.endswith(
        "the rows of HomeAddress would come back without 'current', which is NOT NULL and has no default"
    )


def test_an_exact_source() -> None:
    state = homes()
    one = models.OneToOneField("homes.Home", models.CASCADE, primary_key=True)
    state.models["homes", "homeaddress"].fields = {
        "home": one,
        "address": state.models["homes", "homeaddress"].fields["address"],
    }
    found = follow(ONE_ADDRESS.replace("  pick: {first_by: -id}\n", ""), state).reversal(1)
    assert found.fidelity == "exact"


# --- inserts ---


def test_rows_whose_key_was_free() -> None:
    found = own("- insert_rows: Country\n  key: code\n  existing: error\n  rows: [{code: us, name: USA}]")
    assert found == exact(Delete(model=COUNTRY, rows=((("code", Constant("us")),),), cascade=False, unreferenced=True))


def test_rows_that_cannot_be_told() -> None:
    found = follow("- insert_rows: Country\n  key: code\n  existing: update\n  rows: [{code: us, name: USA}]").lost(0)
    assert found.lost.endswith("what updated rows of Country held before would be lost")
    state = homes()
    state.models["homes", "country"].fields["name"] = models.CharField(max_length=50, null=True)
    found = follow("- insert_rows: Country\n  rows: [{code: {expr: uuid.uuid4}}]", state).lost(0)
    assert found.lost.endswith("the inserted rows of Country could not be told from others")


def test_rows_into_a_fresh_table() -> None:
    steps = """
    - create_model: Kind
      fields:
        id: {type: BigAutoField, primary_key: true}
        name: {type: CharField, max_length: 9}
    - insert_rows: Kind
      rows: [{name: a}]
    """
    kind = ModelKey("homes", "Kind")
    assert own(steps, 1) == exact(Delete(model=kind, rows=((("name", Constant("a")),),), cascade=False))
    assert own(steps.replace("rows: [", "key: name\n      rows: ["), 1) == EXACT


def test_rows_that_later_steps_point_at() -> None:
    steps = """
    - insert_rows: Country
      key: code
      rows: [{code: xx, name: nowhere}]
    - add_field: Home.land
      field: {type: ForeignKey, to: Country, on_delete: CASCADE, nullable: true, related_name: "+"}
    - update_rows: Home
      set: {land_id: 3}
    """
    (delete,) = follow(steps).reversal(0).changes or ()
    assert isinstance(delete, Delete)
    released = Update(model=HOME, assign=(("land_id", Constant(None)),), where=not_null("land_id"))
    assert follow(steps).reversal(2) == exact(released)


def test_columns_that_a_later_step_writes_do_not_tell() -> None:
    steps = """
    - insert_rows: Country
      key: code
      rows: [{code: xx, name: nowhere, area: 0}]
    - update_rows: Country
      set: {area: {expr: "F('area') + 1"}}
    """
    (delete,) = follow(steps).reversal(0).changes or ()
    assert isinstance(delete, Delete)
    assert delete.rows == ((("code", Constant("xx")), ("name", Constant("nowhere"))),)


def test_copies_without_a_key() -> None:
    steps = WIDE.replace(
        "central_id: {type: BigIntegerField, primary_key: true}", "id: {type: BigAutoField, primary_key: true}"
    )
    steps = steps.replace("  set: {central_id: {source: id}}\n", "")
    found = follow(steps).lost(2)
    assert found.lost.endswith("street of Central could not come back: no copy says from which row it was taken")
    assert found.alternatives[0] == ("set", {"id": {"source": "id"}})


def test_copies_of_some_rows() -> None:
    steps = WIDE.replace("  copy: [street]", "  copy: [street]\n  where: {rooms__gt: 3}")
    assert (
        follow(steps)
        .lost(2)
        .lost.endswith("Central.street is NOT NULL, and rows that 'where' leaves out would have no value")
    )


def test_copies_of_what_stays() -> None:
    steps = "\n".join(WIDE.splitlines()[:-2])
    assert own(steps, 2) == exact(Delete(model=ModelKey("homes", "Street"), cascade=False))


def test_a_table_that_is_copied_and_dropped() -> None:
    steps = """
    - create_model: Land
      fields:
        id: {type: BigAutoField, primary_key: true}
        code: {type: CharField, max_length: 2}
        title: {type: CharField, max_length: 50}
    - copy_rows: Country
      into: Land
      copy: [id, code]
      set: {title: {source: name}}
    - remove_field: Home.country
    - delete_model: Country
    """
    land = ModelKey("homes", "Land")
    state = homes()
    del state.models["homes", "country"].fields["area"]
    back = Insert(
        model=COUNTRY,
        source=land,
        assign=(
            ("id", Column("id", "source")),
            ("code", Column("code", "source")),
            ("name", Column("title", "source")),
        ),
        key=("id",),
    )
    assert follow(steps, state).reversal(1) == exact(back, Delete(model=land, cascade=False))
    found = follow(steps).reversal(1)
    assert (found.fidelity, found.differs) == ("best effort", "area is NULL")
    state = state.clone()
    state.models["homes", "country"].fields["languages"] = models.ManyToManyField("accounts.Address")
    found = follow(steps, state).reversal(1)
    assert (found.fidelity, found.differs) == ("best effort", "languages is empty")


def test_a_source_with_a_join_table() -> None:
    state = homes()
    state.models["homes", "homeaddress"].fields["seen_by"] = models.ManyToManyField("homes.Country")
    found = follow(ONE_ADDRESS, state).reversal(1)
    assert "seen_by is empty" in found.differs


def test_two_tables_that_become_one() -> None:
    steps = """
    - create_model: Place
      fields:
        id: {type: BigAutoField, primary_key: true}
        kind: {type: CharField, max_length: 9}
        name: {type: CharField, max_length: 50}
    - copy_rows: Country
      into: Place
      copy: [name]
      set: {kind: country}
    - copy_rows: accounts.Address
      into: Place
      set: {kind: address, name: {source: city}}
    """
    place = ModelKey("homes", "Place")
    # Rolling back undoes the last step first, so only the first one empties the table.
    assert own(steps, 2) == EXACT
    assert own(steps, 1) == exact(Delete(model=place, cascade=False))
    gone = follow(steps.rstrip() + "\n    - delete_model: accounts.Address\n", without_pointing_at_address()).reversal(
        2
    )
    (insert,) = gone.changes or ()
    assert isinstance(insert, Insert)
    assert insert.where == Lookups((("kind", "address"),), ("kind",))
    assert insert.model == ADDRESS
    assert gone.differs == "new ids, owner is NULL"


def without_pointing_at_address() -> Any:
    state = homes()
    state.remove_model("homes", "homeaddress")
    return state


def test_a_table_that_fresh_columns_point_at() -> None:
    steps = """
    - create_model: Town
      fields:
        id: {type: BigAutoField, primary_key: true}
        name: {type: CharField, max_length: 50}
    - add_field: Home.town
      field: {type: ForeignKey, to: Town, on_delete: CASCADE, nullable: true}
    - copy_rows: accounts.Address
      into: Town
      set: {name: {source: city}}
    - update_rows: Home
      source: Town
      match: {name: name}
      pick: {first_by: id}
      set: {town_id: {source: id}}
    """
    town = ModelKey("homes", "Town")
    assert own(steps, 2) == exact(Delete(model=town, cascade=False))
    assert own(steps, 3) == exact(Update(model=HOME, assign=(("town_id", Constant(None)),), where=not_null("town_id")))
    # Where rows of the project may point at them, they stay until the table goes.
    untouched = steps[: steps.index("    - update_rows")]
    assert own(untouched, 2) == EXACT
    _, model, field, copy = untouched.split("    - ")
    assert own(f"    - {model}    - {copy}    - {field}", 1) == EXACT


def test_copies_into_a_kept_table() -> None:
    found = follow(
        "- copy_rows: accounts.Address\n  into: Country\n  set: {name: {source: city}, code: {expr: uuid.uuid4}}"
    ).lost(0)
    assert found.lost.endswith("the copies in Country could not be told from the rows that were there before")
    assert found.alternatives[0] == ("reverse", [{"delete_rows": COUNTRY, "where": ...}])
    copied = "- copy_rows: accounts.Address\n  into: Country\n  key: code\n  set: {name: {source: city}, code: {source: city}}"
    moved = "\n  where: {city: Oslo}\n- update_rows: accounts.Address\n  set: {city: Bergen}\n  reverse: {noop: x}"
    assert follow(copied + moved).lost(0).lost.endswith("there before: 'where' reads columns that the spec changes")
    own_table = (
        "- copy_rows: Country\n  into: Country\n  key: code\n  set: {name: {source: name}, code: {source: name}}"
    )
    assert follow(own_table).lost(0).lost.endswith("there before: the step reads Country too")


def test_copies_into_a_kept_table_that_their_columns_tell() -> None:
    copy = "- copy_rows: accounts.Address\n  into: Country\n  where: {city: Oslo}\n  key: code\n  existing: %s\n"
    values = "  set: {code: {source: city}, name: Norway}"
    source = ModelKey("accounts", "Address")
    chosen = Lookups((("city", "Oslo"),), ("city",))
    join = Join(source=source, on=(("code", "city"),), where=chosen)
    named = Lookups((("name", "Norway"), ("area__isnull", True)), ("name", "area"))
    differs = (
        "a row that was there before goes too if it equals a copy in code, name and in the defaults of the others, "
        "and no other row points at it"
    )
    assert own(copy % "skip" + values) == best_effort(
        differs, Delete(model=COUNTRY, where=named, join=join, cascade=False, unreferenced=True)
    )
    refused = own(
        "- copy_rows: Home\n  into: Central\n  copy: [name]\n  key: id\n  existing: error\n  set: {id: {source: id}, street: x, rooms: 1}"
    )
    same_id = Join(source=HOME, on=(("id", "id"),))
    assert refused == exact(Delete(model=CENTRAL, join=same_id, cascade=False))
    assert follow(copy % "update" + values).lost(0).lost == "what updated rows of Country held before would be lost"
    overwritten = "\n- update_rows: accounts.Address\n  set: {city: Bergen}\n  reverse: {noop: fine}"
    assert "could not be told" in follow(copy % "skip" + values + overwritten).lost(0).lost


def test_a_table_that_two_copies_bring_back() -> None:
    steps = """
    - create_model: Name
      fields:
        central_id: {type: BigIntegerField, primary_key: true}
        name: {type: CharField, max_length: 20}
    - copy_rows: Central
      into: Name
      copy: [name]
      set: {central_id: {source: id}}
    - remove_field: Central.name
    - create_model: Rest
      fields:
        id: {type: BigIntegerField, primary_key: true}
        street: {type: CharField, max_length: 50}
        rooms: {type: IntegerField}
    - copy_rows: Central
      into: Rest
      copy: all
    - delete_model: Central
    """
    found = follow(steps)
    first, last = found.reversal(1), found.reversal(4)
    assert last.fidelity == "exact"
    # The rows come back with the last copy; here they get the column that had gone before.
    update, _ = first.changes or ()
    join = Join(source=ModelKey("homes", "Name"), on=(("id", "central_id"),))
    assert isinstance(update, Update)
    assert (update.model, update.join, update.assign[0]) == (CENTRAL, join, ("name", Column("name", "source")))
    (relaxed,) = needs_relaxing(found.fates, {1: first, 4: last})
    assert (relaxed.model, relaxed.field) == (CENTRAL, "name")


def test_a_dropped_column_that_is_overwritten_first() -> None:
    steps = """
    - add_field: Home.number
      field: {type: IntegerField, nullable: true}
    - update_rows: Home
      set: {number: {field: old_code}, old_code: 0}
    - update_rows: Home
      set: {old_code: 1}
    - remove_field: Home.old_code
    """
    assert own(steps, 1) == exact(Update(model=HOME, assign=(("old_code", Column("number")),)))
    # What an earlier step brings back need not be undone here, nor what goes with the column.
    assert own(steps, 2) == EXACT


# --- deletes ---


def test_delete() -> None:
    found = follow("- delete_rows: Home\n  where: {flag: true}").lost(0)
    assert found.lost.endswith("the deleted rows of Home would be lost")
    assert found.alternatives[0] == ("reverse", [{"insert_rows": HOME, "rows": [...]}])
    steps = """
    - create_model: Kind
      fields:
        id: {type: BigAutoField, primary_key: true}
        name: {type: CharField, max_length: 9}
    - delete_rows: Kind
      where: all
    """
    assert own(steps, 1) == EXACT


# --- what the author says ---


def test_written_reverses() -> None:
    steps = "- update_rows: Home\n  set: {code: 3}\n  reverse: "
    assert own(steps + "{noop: fine}") == Reversal(changes=(), fidelity="noop", differs="fine")
    assert own(steps + "{irreversible: no way}") == Reversal(changes=None, fidelity="irreversible", differs="no way")
    found = own(steps + "[{update_rows: Home, set: {code: {field: old_code}}}, {delete_rows: Country, where: all}]")
    assert found.fidelity == "written"
    assert found.changes == (Update(model=HOME, assign=(("code", Column("old_code")),)), Delete(model=COUNTRY))


def test_wrong_reverses() -> None:
    back = "[{update_rows: Home, set: {cod: 3}}, {update_rows: Hom, set: {code: 3}}]"
    steps = f"- update_rows: Home\n  set: {{code: 3}}\n  reverse: {back}"
    with pytest.raises(SpecError) as error:
        own(steps)
    assert [one.code for one in error.value.diagnostics] == ["E303", "E302"]


def test_e501_is_located() -> None:
    with pytest.raises(SpecError) as error:
        follow("- update_rows: Home\n  set: {code: 3}\n- delete_rows: Home\n  where: all").all_reversals()
    first, second = error.value.diagnostics
    assert (first.code, first.place.text, second.place.text) == (
        "E501",
        "  - update_rows: Home",
        "  - delete_rows: Home",
    )
    assert 'reverse: {irreversible: "why it cannot come back"}' in first.hint
