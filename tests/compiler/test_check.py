"""What --check finds, and what compiling then does about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.compiling import Workshop, empty_migration, workshop
from migspec.compiler.compile import plan_specs

THREE = """
    after: 0001_initial
    steps:
      - add_field: Order.paid
        field: {type: BooleanField, nullable: true}
      - update_rows: Order
        set: {paid: true}
        reverse: {noop: it goes}
      - remove_field: Order.note
"""
FILES = [
    "shop/migrations/0002_payment_schema.py",
    "shop/migrations/0003_payment_data.py",
    "shop/migrations/0004_payment_cleanup.py",
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as made:
        made.spec("shop/payment", THREE)
        yield made


@pytest.fixture
def compiled(shop: Workshop) -> Workshop:
    assert shop.compile() == FILES
    return shop


def edit(shop: Workshop, path: str, old: str, new: str) -> None:
    text = shop.path(path).read_text()
    assert old in text
    shop.project.write(path, text.replace(old, new))


def test_a_spec_that_was_never_compiled(shop: Workshop) -> None:
    assert shop.check() == {"shop/migspecs/payment.yaml": "missing 1"}


def test_what_was_just_compiled_is_fresh(compiled: Workshop) -> None:
    assert compiled.check() == {}
    assert compiled.compile() == []


def test_a_fresh_file_is_not_touched(compiled: Workshop) -> None:
    times = {path: compiled.path(path).stat().st_mtime_ns for path in FILES}
    compiled.compile(force=True)
    assert {path: compiled.path(path).stat().st_mtime_ns for path in FILES} == times


@pytest.mark.parametrize("gone", [FILES[:1], FILES[1:2], FILES[2:], FILES[:2], FILES])
def test_missing_files_come_back(compiled: Workshop, gone: list[str]) -> None:
    before = compiled.texts()
    compiled.remove(*gone)
    numbers = [str(FILES.index(path) + 1) for path in gone] if len(gone) < 3 else ["1"]
    assert compiled.check() == {"shop/migspecs/payment.yaml": " ".join(["missing", *numbers])}
    assert compiled.compile() == gone
    assert compiled.texts() == before


def test_a_changed_spec_makes_its_files_stale(compiled: Workshop) -> None:
    compiled.spec("shop/payment", THREE.replace("paid: true", "paid: false"))
    assert compiled.check() == dict.fromkeys(FILES, "stale")
    assert compiled.compile() == FILES
    assert compiled.check() == {}


@pytest.mark.parametrize(
    "changed",
    [
        THREE + "    description: For the accountants.\n",
        THREE + "    tests: []\n",
        THREE.replace(
            "field: {type: BooleanField, nullable: true}", "field: {nullable: true, type: BooleanField} # sic"
        ),
    ],
)
def test_what_is_not_emitted_makes_nothing_stale(compiled: Workshop, changed: str) -> None:
    compiled.spec("shop/payment", changed)
    if "sic" in changed:  # the order of a mapping may matter; a field's arguments are one
        compiled.check()
        return
    assert compiled.check() == {}


def test_a_spec_with_fewer_steps_leaves_orphans_that_go(compiled: Workshop) -> None:
    compiled.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    assert set(compiled.check().values()) == {"stale"}
    assert compiled.compile() == ["shop/migrations/0002_payment_cleanup.py"]
    assert sorted(compiled.generated()) == ["shop/migrations/0002_payment_cleanup.py"]


def test_a_second_file_of_one_number_is_an_orphan(compiled: Workshop) -> None:
    text = compiled.path(FILES[1]).read_text()
    compiled.project.write("shop/migrations/0003_payment_values.py", text)
    assert compiled.check() == {"shop/migrations/0003_payment_values.py": "orphan"}
    assert compiled.compile() == []
    assert sorted(compiled.generated()) == FILES


def test_an_old_file_beside_a_complete_set_is_an_orphan(compiled: Workshop) -> None:
    old = compiled.path(FILES[2]).read_text()
    compiled.spec("shop/payment", THREE.replace("remove_field: Order.note", "remove_field: Customer.points"))
    compiled.compile()
    compiled.project.write("shop/migrations/0005_payment_cleanup.py", old)
    assert compiled.check() == {"shop/migrations/0005_payment_cleanup.py": "orphan"}
    compiled.compile()
    assert sorted(compiled.generated()) == FILES


def test_an_edited_file_stops_the_run(compiled: Workshop) -> None:
    edit(compiled, FILES[2], "note", "points")
    assert compiled.check() == {FILES[2]: "edited"}
    [found] = compiled.refused()
    assert (found.code, found.place.file) == ("E601", FILES[2])
    assert compiled.compile(force=True) == [FILES[2]]
    assert compiled.check() == {}


def test_comments_and_layout_are_no_edit(compiled: Workshop) -> None:
    path = compiled.path(FILES[2])
    path.write_text(path.read_text().replace("    operations", "    # by hand\n\n    operations"))
    assert compiled.check() == {}


def test_an_edited_file_whose_spec_also_changed_is_edited(compiled: Workshop) -> None:
    edit(compiled, FILES[2], "note", "points")
    compiled.spec("shop/payment", THREE.replace("paid: true", "paid: false"))
    assert compiled.check() == {FILES[0]: "stale", FILES[1]: "stale", FILES[2]: "edited"}
    assert [found.code for found in compiled.refused()] == ["E601"]
    assert compiled.compile(force=True) == FILES


def test_an_edited_file_that_the_spec_no_longer_has(compiled: Workshop) -> None:
    edit(compiled, FILES[2], "note", "points")
    compiled.spec("shop/payment", THREE.replace("  - remove_field: Order.note", ""))
    assert [found.code for found in compiled.refused()] == ["E601"]
    assert compiled.compile(force=True) == FILES[:2]
    assert sorted(compiled.generated()) == FILES[:2]


@pytest.mark.parametrize("broken", ["def (:\n", "import nowhere_at_all\n", "raise RuntimeError\n", "\0"])
def test_a_broken_generated_file_does_not_block_its_recompilation(compiled: Workshop, broken: str) -> None:
    before = compiled.texts()
    for path in FILES:
        compiled.project.write(path, compiled.path(path).read_text() + broken)
    assert compiled.check() == dict.fromkeys(FILES, "edited")
    assert compiled.compile(force=True) == FILES
    assert compiled.texts() == before


def test_conflict_markers_in_a_generated_file(compiled: Workshop) -> None:
    before = compiled.texts()
    text = compiled.path(FILES[1]).read_text()
    compiled.project.write(FILES[1], text.replace("import", "<<<<<<< ours\nimport", 1))
    assert compiled.check() == {FILES[1]: "edited"}
    compiled.compile(force=True)
    assert compiled.texts() == before


def test_a_renamed_file_is_misplaced(compiled: Workshop) -> None:
    before = compiled.texts()
    compiled.path(FILES[2]).rename(compiled.path("shop/migrations/0007_payment_cleanup.py"))
    assert compiled.check() == {"shop/migrations/0007_payment_cleanup.py": "misplaced"}
    assert compiled.compile() == [FILES[2]]
    assert compiled.texts() == before


def test_a_file_renamed_to_another_word_is_misplaced(compiled: Workshop) -> None:
    before = compiled.texts()
    compiled.path(FILES[2]).rename(compiled.path("shop/migrations/0004_by_hand.py"))
    compiled.compile()
    assert compiled.texts() == before


def test_a_squash_of_what_the_spec_follows_changes_nothing(shop: Workshop) -> None:
    shop.project.write("shop/migrations/0002_more.py", empty_migration(("shop", "0001_initial")))
    shop.spec("shop/payment", THREE.replace("0001_initial", "0002_more"))
    shop.compile()
    before = shop.generated()
    initial = shop.path("shop/migrations/0001_initial.py").read_text()
    replaces = '    replaces = [("shop", "0001_initial"), ("shop", "0002_more")]\n    initial = True'
    squashed = initial.replace("    initial = True", replaces)
    shop.project.write("shop/migrations/0001_squashed_0002_more.py", squashed)
    assert shop.check() == {}
    shop.remove("shop/migrations/0001_initial.py", "shop/migrations/0002_more.py")
    assert shop.check() == {}
    shop.remove(*before)
    shop.compile()
    assert [text.splitlines()[5:] for text in shop.generated().values()][1:] == [
        text.splitlines()[5:] for text in before.values()
    ][1:]
    assert shop.check() == {}


def test_a_squash_of_the_files_of_specs_leaves_them_as_they_are(compiled: Workshop) -> None:
    """The first spec's files are replaced in part with the first migration, then all, then with those of the next."""
    compiled.spec("shop/later", "after: payment\nsteps:\n  - remove_field: Order.total\n")
    compiled.compile()
    before = compiled.generated()
    names = ["0001_initial", *(Path(path).stem for path in before)]
    for count in (2, 4, 5):
        squash = f"shop/migrations/0001_squashed_{names[count - 1]}.py"
        operations = [f"*import_module('.{name}', __package__).Migration.operations" for name in names[:count]]
        compiled.project.write(
            squash,
            "from importlib import import_module\n"
            + empty_migration(
                body=f"replaces = {[('shop', name) for name in names[:count]]}\n    initial = True\n"
                f"    operations = [{', '.join(operations)}]"
            ),
        )
        assert compiled.check() == {}, count
        assert compiled.compile() == []
        assert [len(plan.files) for plan in plan_specs(compiled.read(), compiled.config).plans] == [3, 1]
        compiled.spec("shop/latest", "after: later\nsteps:\n  - remove_field: Order.placed_at\n")
        assert compiled.compile() == ["shop/migrations/0006_latest_cleanup.py"]
        compiled.remove(squash, "shop/migspecs/latest.yaml", "shop/migrations/0006_latest_cleanup.py")
    assert compiled.generated() == before


# --- what builds on generated files ---


def test_a_migration_that_builds_on_missing_files(compiled: Workshop) -> None:
    before = compiled.texts()
    compiled.project.write("shop/migrations/0005_by_hand.py", empty_migration(("shop", "0004_payment_cleanup")))
    compiled.remove(*FILES)
    assert compiled.check() == {"shop/migspecs/payment.yaml": "missing 1"}
    assert compiled.compile() == FILES
    assert compiled.generated() == {path: before[path] for path in FILES}


def test_a_migration_that_builds_on_a_partly_missing_set(compiled: Workshop) -> None:
    compiled.project.write("shop/migrations/0005_by_hand.py", empty_migration(("shop", "0004_payment_cleanup")))
    compiled.remove(FILES[0])
    assert compiled.compile() == FILES[:1]


def test_a_stale_file_that_a_migration_builds_on_stops_the_run(compiled: Workshop) -> None:
    compiled.project.write("shop/migrations/0005_by_hand.py", empty_migration(("shop", "0004_payment_cleanup")))
    compiled.spec("shop/payment", THREE.replace("paid: true", "paid: false"))
    [found] = compiled.refused()
    assert found.code == "E602"
    assert "shop.0005_by_hand" in found.message
    assert compiled.compile(force=True) == FILES


def test_a_migration_that_builds_on_a_file_that_does_not_come_back(compiled: Workshop) -> None:
    compiled.project.write("shop/migrations/0005_by_hand.py", empty_migration(("shop", "0004_payment_cleanup")))
    compiled.remove(*FILES)
    compiled.spec("shop/payment", THREE.replace("  - remove_field: Order.note", ""))
    [found] = compiled.refused()
    assert (found.code, found.place.file) == ("E703", "shop/migrations/0005_by_hand.py")
    assert "shop.0004_payment_cleanup" in found.message


def test_a_stale_file_that_a_spec_outside_the_run_builds_on_stops_the_run(compiled: Workshop) -> None:
    compiled.spec("shop/later", "after: payment\nsteps:\n  - remove_field: Order.paid\n")
    compiled.compile()
    compiled.spec("shop/payment", THREE.replace("paid: true", "paid: false"))
    [found] = compiled.refused("payment")
    assert found.code == "E602"
    assert "shop.0005_later_cleanup" in found.message
    assert compiled.compile() == FILES
    assert compiled.check() == {}


@pytest.mark.parametrize("shape", ["shorter", "longer"])
def test_a_spec_that_follows_moves_with_the_one_before(compiled: Workshop, shape: str) -> None:
    compiled.spec("shop/later", "after: payment\nsteps:\n  - remove_field: Customer.points\n")
    compiled.spec("shop/last", "after: later\nsteps:\n  - remove_field: Product.stock\n")
    compiled.compile()
    without = THREE.replace("  - remove_field: Order.note", "")
    longer = (
        THREE
        + "      - add_index: Order\n        index: \"Index(fields=['total'], name='order_total')\"\n"
        + "        only: postgresql\n        concurrently: true\n"
    )
    compiled.spec("shop/payment", without if shape == "shorter" else longer)
    compiled.compile()
    assert compiled.check() == {}
    assert len(compiled.generated()) == (4 if shape == "shorter" else 6)
    after = compiled.texts()
    compiled.remove(*compiled.generated())
    compiled.compile()
    assert compiled.texts() == after


def test_a_spec_that_follows_at_the_end_of_a_longer_one(shop: Workshop) -> None:
    """Its old file still finds what it depends on, which is no longer the last."""
    shop.spec("shop/payment", THREE.split("      - update_rows")[0])
    shop.spec("shop/later", "after: payment\nsteps:\n  - remove_field: Customer.points\n")
    assert shop.compile() == ["shop/migrations/0002_payment_schema.py", "shop/migrations/0003_later_cleanup.py"]
    shop.spec("shop/payment", THREE)
    shop.compile()
    assert sorted(shop.generated()) == [*FILES, "shop/migrations/0005_later_cleanup.py"]
    assert shop.check() == {}


def test_a_migration_that_builds_on_a_file_that_moves_stops_the_run(compiled: Workshop) -> None:
    compiled.spec("shop/later", "after: payment\nsteps:\n  - remove_field: Customer.points\n")
    compiled.compile()
    compiled.project.write("shop/migrations/0006_by_hand.py", empty_migration(("shop", "0005_later_cleanup")))
    compiled.spec("shop/payment", THREE.replace("  - remove_field: Order.note", ""))
    assert [found.code for found in compiled.refused()] == ["E602"]


def test_a_spec_that_was_left_behind_is_misplaced(compiled: Workshop) -> None:
    compiled.spec("shop/later", "after: payment\nsteps:\n  - remove_field: Customer.points\n")
    compiled.compile()
    compiled.spec("shop/payment", THREE.replace("  - remove_field: Order.note", ""))
    compiled.compile("payment", force=True)
    assert compiled.check() == {"shop/migrations/0005_later_cleanup.py": "misplaced"}
    assert compiled.compile() == ["shop/migrations/0004_later_cleanup.py"]
    assert compiled.check() == {}


def test_the_files_of_a_deleted_spec_are_ordinary_migrations(compiled: Workshop) -> None:
    compiled.remove("shop/migspecs/payment.yaml")
    compiled.spec("shop/later", "after: 0004_payment_cleanup\nsteps:\n  - remove_field: Order.paid\n")
    assert compiled.compile() == ["shop/migrations/0005_later_cleanup.py"]
    assert sorted(compiled.generated())[:3] == FILES
