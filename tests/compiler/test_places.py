"""Where specs stand: `after` in every form, specs that follow each other, other apps, and places that are wrong."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.compiling import Workshop, empty_migration, workshop

REMOVE_NOTE = "steps:\n  - remove_field: Order.note\n"
REMOVE_POINTS = "steps:\n  - remove_field: Customer.points\n"
REMOVE_STOCK = "steps:\n  - remove_field: Product.stock\n"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as found:
        yield found


def dependencies(text: str) -> str:
    return " ".join(text.partition("dependencies = [")[2].partition("]")[0].split())


# --- specs that follow each other ---


def test_a_chain_by_name_and_by_migration(made: Workshop) -> None:
    made.spec("shop/zero", f"after: 0001_initial\n{REMOVE_NOTE}")
    made.spec("shop/one", f"after: zero\n{REMOVE_POINTS}")
    made.spec("shop/a_last", f"after: 0003_one_cleanup\n{REMOVE_STOCK}")
    assert made.compile() == [
        "shop/migrations/0002_zero_cleanup.py",
        "shop/migrations/0003_one_cleanup.py",
        "shop/migrations/0004_a_last_cleanup.py",
    ]
    assert dependencies(made.texts()["shop/migrations/0003_one_cleanup.py"]) == '("shop", "0002_zero_cleanup"),'
    assert made.check() == {}
    made.remove("shop/migrations/0003_one_cleanup.py")
    assert made.compile() == ["shop/migrations/0003_one_cleanup.py"]


def test_one_spec_alone_after_another_that_is_compiled(made: Workshop) -> None:
    made.spec("shop/zero", f"after: 0001_initial\n{REMOVE_NOTE}")
    made.spec("shop/one", f"after: zero\n{REMOVE_POINTS}")
    assert made.compile("zero") == ["shop/migrations/0002_zero_cleanup.py"]
    assert made.compile("one") == ["shop/migrations/0003_one_cleanup.py"]
    assert made.check("one") == {}


def test_one_spec_alone_after_another_that_is_not_compiled(made: Workshop) -> None:
    made.spec("shop/zero", f"after: 0001_initial\n{REMOVE_NOTE}")
    made.spec("shop/one", f"after: zero\n{REMOVE_POINTS}")
    [found] = made.refused("one")
    assert found.code == "E401"


# --- the same bytes ---

# Specs of several apps that use each other's models: `zz_first` of people is needed by an earlier path.
SPECS = {
    "library/shelves": """
        after: 0001_initial
        steps:
          - create_model: Shelf
            fields:
              label: {type: CharField, max_length: 20}
              keeper: {type: ForeignKey, to: people.Keeper, on_delete: CASCADE}
    """,
    "people/zz_keepers": """
        after: 0001_initial
        steps:
          - create_model: Keeper
            fields:
              user: {type: OneToOneField, to: settings.AUTH_USER_MODEL, on_delete: CASCADE}
          - alter_field: User.name
            field: {max_length: 150}
    """,
    "shop/places": """
        after: 0001_initial
        steps:
          - add_field: Product.shelf
            field: {type: ForeignKey, to: library.Shelf, on_delete: SET_NULL, nullable: true}
          - update_rows: Product
            set: {shelf_id: 1}
            reverse: {noop: the column goes}
          - remove_field: Product.stock
    """,
    "shop/places_more": """
        after: places
        steps:
          - alter_field: Product.shelf
            field: {blank: true}
    """,
}


def specs(made: Workshop) -> None:
    for path, text in SPECS.items():
        made.spec(path, text)


def test_compiling_with_some_fresh_gives_the_same_bytes(made: Workshop) -> None:
    specs(made)
    made.compile()
    whole = made.generated()
    assert len(whole) == 6
    for count in (1, 2):
        for gone in itertools.combinations(whole, count):
            made.remove(*gone)
            assert made.compile() == sorted(gone)
            assert made.generated() == whole


@pytest.mark.parametrize(
    "order",
    [
        ["zz_keepers", "shelves", "places", "places_more"],
        ["zz_keepers,shelves", "places", "places_more"],
        ["zz_keepers", "shelves,places_more,places"],
    ],
)
def test_one_after_another_gives_the_same_bytes(made: Workshop, order: list[str]) -> None:
    specs(made)
    for names in order:
        made.compile(*names.split(","))
    apart = made.generated()
    made.remove(*apart)
    made.compile()
    assert made.generated() == apart


def test_a_whole_spec_anew_among_fresh_ones_gives_the_same_bytes(made: Workshop) -> None:
    specs(made)
    made.compile()
    whole = made.generated()
    for path in SPECS:
        name = path.partition("/")[2]
        made.remove(*(file for file in whole if f"_{name}_" in file and ("more" in file) == ("more" in name)))
        made.compile()
        assert made.generated() == whole


# --- lists ---


BRANCHES = {
    "shop": {
        "0002_left": empty_migration(("shop", "0001_initial")),
        "0002_right": empty_migration(("shop", "0001_initial")),
    }
}


def test_a_merge(tmp_path: Path) -> None:
    with workshop(tmp_path, BRANCHES) as made:
        made.spec("shop/both", "after: [0002_left, 0002_right]\nsteps: []\n")
        assert made.compile() == ["shop/migrations/0003_both_merge.py"]
        text = made.generated()["shop/migrations/0003_both_merge.py"]
        assert dependencies(text) == '("shop", "0002_left"), ("shop", "0002_right"),'
        assert "operations = []" in text
        assert made.check() == {}


def test_a_place_where_branches_meet(tmp_path: Path) -> None:
    with workshop(tmp_path, BRANCHES) as made:
        made.spec("shop/both", f"after: [0002_left, 0002_right]\n{REMOVE_NOTE}")
        assert made.compile() == ["shop/migrations/0003_both_cleanup.py"]


def test_a_merge_of_two_specs(made: Workshop) -> None:
    made.spec("shop/left", f"after: 0001_initial\n{REMOVE_NOTE}")
    made.spec("shop/right", f"after: 0001_initial\n{REMOVE_POINTS}")
    made.spec("shop/both", "after: [left, right]\nsteps: []\n")
    assert made.compile() == [
        "shop/migrations/0002_left_cleanup.py",
        "shop/migrations/0002_right_cleanup.py",
        "shop/migrations/0003_both_merge.py",
    ]
    assert made.check() == {}


def test_a_merge_by_hand_of_two_specs(made: Workshop) -> None:
    made.spec("shop/left", f"after: 0001_initial\n{REMOVE_NOTE}")
    made.spec("shop/right", f"after: 0001_initial\n{REMOVE_POINTS}")
    made.project.write(
        "shop/migrations/0003_merge.py", empty_migration(("shop", "0002_left_cleanup"), ("shop", "0002_right_cleanup"))
    )
    assert len(made.compile()) == 2
    assert made.check() == {}


def test_another_app_that_is_not_written_comes_first(made: Workshop) -> None:
    made.project.write("people/migrations/0002_more.py", empty_migration(("people", "0001_initial")))
    made.spec("shop/simple", f"after: [0001_initial, people.0002_more]\n{REMOVE_NOTE}")
    made.compile()
    [text] = made.generated().values()
    assert dependencies(text) == '("shop", "0001_initial"), ("people", "0002_more"),'


# --- other apps ---


def test_a_step_in_another_app_of_the_project(made: Workshop) -> None:
    made.project.write("library/migrations/0002_more.py", empty_migration(("library", "0001_initial")))
    made.spec(
        "shop/across",
        """
        after: [0001_initial, library.0002_more]
        steps:
          - add_field: library.Book.sold
            field: {type: IntegerField, nullable: true}
          - update_rows: library.Book
            set: {sold: 0}
            reverse: {noop: the column goes}
          - remove_field: Product.stock
        """,
    )
    assert made.compile() == [
        "library/migrations/0003_across_schema.py",
        "library/migrations/0004_across_data.py",
        "shop/migrations/0002_across_cleanup.py",
    ]
    texts = made.generated()
    first, second, third = (dependencies(text) for text in texts.values())
    assert first == '("shop", "0001_initial"), ("library", "0002_more"),'
    assert second == '("library", "0003_across_schema"),'
    assert third == '("library", "0004_across_data"), ("shop", "0001_initial"),'
    assert made.check() == {}


def test_another_app_without_its_place(made: Workshop) -> None:
    made.spec("shop/across", "after: 0001_initial\nsteps:\n  - remove_field: library.Book.pages\n")
    [found] = made.refused()
    assert (found.code, found.hint) == ("E402", "after: [0001_initial, library.0001_initial]")


def test_rows_of_an_app_outside_the_project(made: Workshop) -> None:
    made.spec(
        "shop/types",
        """
        after: 0001_initial
        steps:
          - update_rows: contenttypes.ContentType
            set: {model: product}
            where: {app_label: shop, model: item}
            reverse: {noop: none was left}
        """,
    )
    assert made.compile() == ["shop/migrations/0002_types_data.py"]
    [text] = made.generated().values()
    assert dependencies(text) == '("shop", "0001_initial"), ("contenttypes", "0001_initial"),'


def test_a_schema_step_in_an_app_outside_the_project(made: Workshop) -> None:
    made.spec(
        "shop/types",
        """
        after: 0001_initial
        steps:
          - add_field: contenttypes.ContentType.note
            field: {type: TextField, nullable: true}
        """,
    )
    assert [found.code for found in made.refused()] == ["E315"]


def test_a_spec_of_an_app_outside_the_project(made: Workshop) -> None:
    made.spec("shop/types", "steps: []\n", app="contenttypes")
    assert [found.code for found in made.refused()] == ["E315"]


def test_a_spec_of_no_app(made: Workshop) -> None:
    made.spec("shop/types", "steps: []\n", app="shops")
    [found] = made.refused()
    assert (found.code, found.hint) == ("E301", "did you mean 'shop'?")


def test_the_user_model_is_swappable(made: Workshop) -> None:
    made.spec(
        "shop/seller",
        """
        after: 0001_initial
        steps:
          - add_field: Product.seller
            field: {type: ForeignKey, to: settings.AUTH_USER_MODEL, on_delete: SET_NULL, nullable: true}
        """,
    )
    made.compile()
    [text] = made.generated().values()
    assert "migrations.swappable_dependency(settings.AUTH_USER_MODEL)" in text
    assert "to=settings.AUTH_USER_MODEL" in text
    assert '("people"' not in text


def test_a_later_column_of_the_user_model_is_pinned(made: Workshop) -> None:
    made.spec(
        "people/nick",
        "after: 0001_initial\nsteps:\n  - {add_field: User.nick, field: {type: TextField, nullable: true}}\n",
    )
    made.spec(
        "shop/names",
        """
        after: 0001_initial
        steps:
          - update_rows: Customer
            set: {name: {field: user.nick}}
            where: {user__nick__isnull: false}
            reverse: {noop: nobody minds}
        """,
    )
    made.compile()
    text = made.generated()["shop/migrations/0002_names_data.py"]
    assert '("people", "0002_nick_schema")' in text


# --- beginnings ---

FIRST = """
    steps:
      - create_model: Thing
        fields: {name: {type: CharField, max_length: 20}}
"""


def test_an_app_without_a_migrations_folder(tmp_path: Path) -> None:
    with workshop(tmp_path, {"things": {}}) as made:
        folder = made.path("things/migrations")
        (folder / "__init__.py").unlink()
        folder.rmdir()
        made._forget()
        made.spec("things/begin", FIRST)
        assert made.compile() == ["things/migrations/0001_begin_schema.py"]
        assert (folder / "__init__.py").read_text() == ""
        assert "    initial = True\n" in made.generated()["things/migrations/0001_begin_schema.py"]
        assert made.check() == {}


def test_an_app_with_an_empty_migrations_folder_and_a_second_spec(tmp_path: Path) -> None:
    with workshop(tmp_path, {"things": {}}) as made:
        made.spec("things/begin", FIRST)
        made.spec(
            "things/again",
            "after: begin\nsteps:\n  - {add_field: Thing.size, field: {type: IntegerField, nullable: true}}\n",
        )
        assert made.compile() == ["things/migrations/0001_begin_schema.py", "things/migrations/0002_again_schema.py"]
        texts = made.generated()
        assert "initial" not in texts["things/migrations/0002_again_schema.py"]
        made.remove(*texts)
        made.compile()
        assert made.generated() == texts


def test_a_schema_file_only_is_initial_once(tmp_path: Path) -> None:
    with workshop(tmp_path, {"things": {}}) as made:
        made.spec(
            "things/begin",
            FIRST + "      - {insert_rows: Thing, rows: [{name: a}], key: name, reverse: {noop: they go}}\n",
        )
        made.compile()
        texts = list(made.generated().values())
        assert len(texts) == 2
        assert ["initial = True" in text for text in texts] == [True, False]


# --- what is wrong with a place ---


def codes(made: Workshop, *names: str) -> list[tuple[str, str, str]]:
    return [(found.code, found.place.file, found.hint) for found in made.refused(*names)]


def test_E401(made: Workshop) -> None:
    made.spec("shop/lost", f"after: 0001_initals\n{REMOVE_NOTE}")
    assert codes(made) == [("E401", "shop/migspecs/lost.yaml", "did you mean '0001_initial'?")]


def test_E401_in_a_list_has_its_place(made: Workshop) -> None:
    made.spec("shop/lost", f"after:\n  - 0001_initial\n  - library.0009_none\n{REMOVE_NOTE}")
    [found] = made.refused()
    assert (found.code, found.place.line) == ("E401", 5)


def test_E401_in_run_before(made: Workshop) -> None:
    made.spec("shop/lost", f"after: 0001_initial\nrun_before: [library.0002_none]\n{REMOVE_NOTE}")
    [found] = made.refused()
    assert (found.code, found.place.line) == ("E401", 4)


def test_E402(made: Workshop) -> None:
    made.spec("shop/lost", REMOVE_NOTE)
    assert codes(made) == [("E402", "shop/migspecs/lost.yaml", "after: 0001_initial")]


def test_E403(made: Workshop) -> None:
    made.spec("shop/left", f"after: 0001_initial\n{REMOVE_NOTE}")
    made.spec("shop/right", f"after: 0001_initial\n{REMOVE_POINTS}")
    assert codes(made) == [("E403", "shop/migspecs/right.yaml", "after: left")]


def test_E403_with_one_that_is_compiled(made: Workshop) -> None:
    made.spec("shop/right", f"after: 0001_initial\n{REMOVE_POINTS}")
    made.compile()
    made.spec("shop/left", f"after: 0001_initial\n{REMOVE_NOTE}")
    assert codes(made) == [("E403", "shop/migspecs/right.yaml", "after: left")]
    assert codes(made, "left")[0][0] in ("E403", "E405")


def test_E402_of_two_beginnings(tmp_path: Path) -> None:
    with workshop(tmp_path, {"things": {}}) as made:
        made.spec("things/begin", FIRST)
        made.spec("things/start", FIRST.replace("Thing", "Other"))
        assert codes(made) == [("E402", "things/migspecs/start.yaml", "after: begin")]


def test_E404(made: Workshop) -> None:
    made.spec("shop/chicken", f"after: egg\n{REMOVE_NOTE}")
    made.spec("shop/egg", f"after: chicken\n{REMOVE_POINTS}")
    assert [code for code, _, _ in codes(made)] == ["E404", "E404"]


def test_E404_of_three_and_one_that_waits_for_them(made: Workshop) -> None:
    made.spec("shop/a", f"after: b\n{REMOVE_NOTE}")
    made.spec("shop/b", f"after: c\n{REMOVE_POINTS}")
    made.spec("shop/c", f"after: a\n{REMOVE_STOCK}")
    made.spec("shop/d", "after: a\nsteps: []\n")
    found = codes(made)
    assert [(code, file) for code, file, _ in found] == [("E404", f"shop/migspecs/{name}.yaml") for name in "abc"]


def test_E404_of_itself(made: Workshop) -> None:
    made.spec("shop/a", f"after: a\n{REMOVE_NOTE}")
    assert [code for code, _, _ in codes(made)] == ["E404"]


def test_E405(made: Workshop) -> None:
    made.project.write("shop/migrations/0002_by_hand.py", empty_migration(("shop", "0001_initial")))
    made.spec("shop/left", f"after: 0001_initial\n{REMOVE_NOTE}")
    assert codes(made) == [("E405", "shop/migspecs/left.yaml", "after: 0002_by_hand")]


def test_E406_of_a_migration(made: Workshop) -> None:
    made.project.write("shop/migrations/more.py", empty_migration(("shop", "0001_initial")))
    made.spec("shop/more", f"after: 0001_initial\n{REMOVE_NOTE}")
    assert [code for code, _, _ in codes(made)] == ["E406"]


def test_E406_of_another_spec(made: Workshop) -> None:
    made.spec("shop/more", f"after: 0001_initial\n{REMOVE_NOTE}")
    made.spec("shop/more.yml", f"after: 0001_initial\n{REMOVE_POINTS}")
    assert [code for code, _, _ in codes(made)] == ["E406"]


def test_what_follows_a_wrong_spec_is_not_judged(made: Workshop) -> None:
    made.spec("shop/a", "after: 0001_initial\nsteps:\n  - remove_field: Order.nothing\n")
    made.spec("shop/b", f"after: a\n{REMOVE_POINTS}")
    made.spec("shop/c", f"after: b\n{REMOVE_STOCK}")
    assert [(code, file) for code, file, _ in codes(made)] == [("E303", "shop/migspecs/a.yaml")]


def test_all_wrong_specs_are_named(made: Workshop) -> None:
    made.spec("shop/a", "after: 0001_initial\nsteps:\n  - remove_field: Order.nothing\n")
    made.spec("library/b", "after: 0001_initial\nsteps:\n  - remove_field: Book.nothing\n")
    assert [file for _, file, _ in codes(made)] == ["library/migspecs/b.yaml", "shop/migspecs/a.yaml"]
