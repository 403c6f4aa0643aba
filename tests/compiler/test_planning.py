"""Which files a spec becomes: kinds, order, dependencies, attributes, and the settings that move migrations."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import override_settings

from harness.compiling import Workshop, empty_migration, workshop
from migspec.compiler.drift import drift
from migspec.compiler.history import History
from migspec.dsl.diagnostics import SpecError


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as found:
        yield found


def names(made: Workshop) -> list[str]:
    return [path.rpartition("/")[2].removesuffix(".py") for path in made.generated()]


# --- kinds and order ---


def test_add_fill_add_fill_drop_is_three_files(made: Workshop) -> None:
    made.spec(
        "shop/wide",
        """
        after: 0001_initial
        steps:
          - {add_field: Order.a, field: {type: IntegerField, nullable: true}}
          - {update_rows: Order, set: {a: 1}, reverse: {noop: the column goes}}
          - {add_field: Customer.b, field: {type: IntegerField, nullable: true}}
          - {update_rows: Customer, set: {b: 1}, reverse: {noop: the column goes}}
          - remove_field: Product.stock
        """,
    )
    made.compile()
    assert names(made) == ["0002_wide_schema", "0003_wide_data", "0004_wide_cleanup"]
    schema, data, _ = made.generated().values()
    assert schema.index('name="a"') < schema.index('name="b"')
    assert "forwards_order_a" in data
    assert "forwards_customer_b" in data
    assert "steps 1, 3." in schema


def test_destructive_steps_go_late_where_they_may(made: Workshop) -> None:
    made.spec(
        "shop/late",
        """
        after: 0001_initial
        steps:
          - remove_field: Product.stock
          - {add_field: Order.a, field: {type: IntegerField, nullable: true}}
          - remove_field: Order.note
        """,
    )
    made.compile()
    assert names(made) == ["0002_late_schema", "0003_late_cleanup"]


def test_the_order_of_the_author_holds_where_it_matters(made: Workshop) -> None:
    made.spec(
        "shop/again",
        """
        after: 0001_initial
        steps:
          - remove_field: Order.note
          - {add_field: Order.note, field: {type: IntegerField, nullable: true}}
        """,
    )
    made.compile()
    assert names(made) == ["0002_again_cleanup", "0003_again_schema"]


def test_concurrent_steps_have_files_of_their_own(tmp_path: Path) -> None:
    with workshop(tmp_path, databases=("postgresql",)) as made:
        made.spec(
            "shop/quick",
            """
            after: 0001_initial
            steps:
              - {add_index: Order, index: "Index(fields=['total'], name='order_total')", concurrently: true}
              - {add_index: Order, index: "Index(fields=['number'], name='order_number')", concurrently: true}
              - {add_field: Order.a, field: {type: IntegerField, nullable: true}}
            """,
        )
        made.compile()
        assert names(made) == ["0002_quick_schema", "0003_quick_concurrent", "0004_quick_concurrent_2"]
        texts = list(made.generated().values())
        assert ["    atomic = False\n" in text for text in texts] == [False, True, True]
        assert [text.count("AddIndexConcurrently(") for text in texts] == [0, 1, 1]


# --- what is passed through ---


def test_run_before_and_attributes(made: Workshop) -> None:
    made.project.write("people/migrations/0002_more.py", empty_migration(("people", "0001_initial")))
    made.spec(
        "shop/staged",
        """
        after: 0001_initial
        run_before: [people.0002_more]
        attributes:
          stage: {expr: "'pre'"}
          cleanup: {safe: {expr: "'after_deploy'"}}
        steps:
          - {add_field: Order.a, field: {type: IntegerField, nullable: true}}
          - remove_field: Order.note
        """,
    )
    made.compile()
    schema, cleanup = made.generated().values()
    assert 'run_before = [("people", "0002_more")]' in " ".join(schema.split()).replace("[ (", "[(").replace(
        "), ]", ")]"
    )
    assert "run_before" not in cleanup
    assert 'stage = "pre"' in schema
    assert 'stage = "pre"' in cleanup
    assert "safe" not in schema
    assert 'safe = "after_deploy"' in cleanup
    assert made.check() == {}
    made.remove(*made.generated())
    assert len(made.compile()) == 2


# --- settings ---


def test_migrations_in_another_package(made: Workshop) -> None:
    made.project.write("moved/__init__.py", "")
    made.project.write("moved/shop/__init__.py", "")
    made.path("shop/migrations/0001_initial.py").rename(made.path("moved/shop/0001_initial.py"))
    modules = {**settings.MIGRATION_MODULES, "shop": f"{made.project.package}.moved.shop"}
    made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    with override_settings(MIGRATION_MODULES=modules):
        importlib.invalidate_caches()
        assert made.compile() == ["moved/shop/0002_payment_cleanup.py"]
        for name in [name for name in __import__("sys").modules if ".moved." in name]:
            del __import__("sys").modules[name]
        assert made.check() == {}


def test_an_app_whose_migrations_are_switched_off(made: Workshop) -> None:
    made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    with override_settings(MIGRATION_MODULES={**settings.MIGRATION_MODULES, "shop": None}):
        [found] = made.refused()
    assert found.code == "E315"
    assert "shop" in found.message


def test_a_schema_step_in_an_app_whose_migrations_are_switched_off(made: Workshop) -> None:
    made.spec(
        "shop/payment",
        "after: 0001_initial\nsteps:\n  - {add_field: people.User.a, field: {type: IntegerField, nullable: true}}\n",
    )
    made.project.write("shop/migrations/0001_initial.py", empty_migration())
    with override_settings(MIGRATION_MODULES={**settings.MIGRATION_MODULES, "people": None, "library": None}):
        [found] = made.refused()
    assert (found.code, found.place.line) == ("E315", 5)


def test_rows_of_an_app_without_migrations(made: Workshop) -> None:
    made.project.write("shop/migrations/0001_initial.py", empty_migration())
    made.spec(
        "shop/names",
        "after: 0001_initial\nsteps:\n  - {update_rows: people.User, set: {name: x}, reverse: {noop: nobody minds}}\n",
    )
    with override_settings(MIGRATION_MODULES={**settings.MIGRATION_MODULES, "people": None, "library": None}):
        assert made.compile() == ["shop/migrations/0002_names_data.py"]
        [text] = made.generated().values()
        assert made.check() == {}
    assert re.search(r'\("people", "__first__"\)|swappable_dependency', text)


def test_rows_of_an_unmigrated_app_depend_on_its_first(made: Workshop) -> None:
    made.project.write("shop/migrations/0001_initial.py", empty_migration())
    made.spec(
        "shop/names",
        "after: 0001_initial\nsteps:\n  - {update_rows: library.Tag, set: {label: x}, reverse: {noop: nobody minds}}\n",
    )
    with override_settings(MIGRATION_MODULES={**settings.MIGRATION_MODULES, "library": None}):
        made.compile()
        [text] = made.generated().values()
        assert '("library", "__first__")' in text
        assert made.check() == {}


def test_a_label_that_is_not_the_package(tmp_path: Path) -> None:
    with workshop(tmp_path) as made:
        made.project.write("storehouse/__init__.py", "")
        made.project.write("storehouse/migrations/__init__.py", "")
        made.project.write(
            "storehouse/apps.py",
            "from django.apps import AppConfig\n\n\nclass StoreConfig(AppConfig):\n"
            f'    name = "{made.project.package}.storehouse"\n    label = "depot"\n',
        )
        installed = [*settings.INSTALLED_APPS, f"{made.project.package}.storehouse"]
        made.spec(
            "storehouse/begin",
            "steps:\n  - create_model: Thing\n    fields: {name: {type: CharField, max_length: 20}}\n",
            app="depot",
        )
        with override_settings(INSTALLED_APPS=installed):
            assert made.compile() == ["storehouse/migrations/0001_begin_schema.py"]
            assert made.check() == {}


# --- what goes with it ---


def test_max_migration_is_kept_right(made: Workshop) -> None:
    made.project.write("shop/migrations/max_migration.txt", "0001_initial\n")
    made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    assert made.compile() == ["shop/migrations/0002_payment_cleanup.py"]
    assert made.path("shop/migrations/max_migration.txt").read_text() == "0002_payment_cleanup\n"


def test_max_migration_is_not_made_where_there_is_none(made: Workshop) -> None:
    made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    made.compile()
    assert not made.path("shop/migrations/max_migration.txt").exists()


def test_drift_is_reported_with_what_differs(made: Workshop) -> None:
    made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    [found] = drift(made.plan())
    assert (found.code, found.level, found.place.file) == ("E317", "warning", "shop/migspecs/payment.yaml")
    assert "add field note to order" in found.message


def test_no_drift_where_models_and_spec_agree(made: Workshop) -> None:
    made.spec(
        "shop/payment", "after: 0001_initial\nsteps:\n  - {update_rows: Order, set: {note: x}, reverse: {noop: no}}\n"
    )
    assert drift(made.plan()) == []


def test_no_database_is_connected(made: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: BaseDatabaseWrapper) -> None:
        raise AssertionError("a database was connected")

    monkeypatch.setattr(BaseDatabaseWrapper, "connect", refuse)
    made.spec(
        "shop/wide",
        """
        after: 0001_initial
        steps:
          - {add_field: Order.a, field: {type: IntegerField, nullable: true}}
          - update_rows: Order
            set: {a: {expr: "F('number') + 1"}}
            where: {number__gt: 3}
            reverse: {noop: the column goes}
          - insert_rows: Category
            key: name
            rows: [{name: other}]
          - {add_index: Order, index: "Index(fields=['a'], name='order_a')"}
          - remove_field: Product.stock
        """,
    )
    drift(made.plan())
    made.compile()
    assert made.check() == {}


# --- a broken project ---


@pytest.mark.parametrize(
    "text",
    [
        "import nowhere_at_all\n",
        "def (:\n",
        "raise RuntimeError('no')\n",
        "x = 1\n",
        empty_migration(("shop", "0009_x")),
    ],
)
def test_a_broken_migration_of_the_project(made: Workshop, text: str) -> None:
    made.project.write("shop/migrations/0002_broken.py", text)
    made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    [found] = made.refused()
    assert (found.code, found.place.file) == ("E703", "shop/migrations/0002_broken.py")


def test_two_migrations_that_depend_on_each_other(made: Workshop) -> None:
    made.project.write("shop/migrations/0002_a.py", empty_migration(("shop", "0002_b")))
    made.project.write("shop/migrations/0002_b.py", empty_migration(("shop", "0002_a")))
    made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    assert {found.code for found in made.refused()} == {"E703"}


def test_the_leaf_after_a_squash(made: Workshop) -> None:
    made.project.write("shop/migrations/0002_more.py", empty_migration(("shop", "0001_initial")))
    made.project.write(
        "shop/migrations/0002_squashed.py",
        empty_migration(("shop", "0001_initial"), body='replaces = [("shop", "0002_more")]\n    operations = []'),
    )
    made.spec("shop/payment", "after: 0002_more\nsteps:\n  - remove_field: Order.note\n")
    assert made.compile() == ["shop/migrations/0003_payment_cleanup.py"]
    assert made.check() == {}
    made.remove("shop/migrations/0002_more.py")
    assert made.check() == {}


def test_the_history_of_the_test_project_loads(made: Workshop) -> None:
    assert History(made.project.root, {}).leaves("shop") == [("shop", "0001_initial")]
    assert apps.get_app_config("shop").path == str(made.path("shop"))
    made.project.write("shop/migrations/0002_broken.py", "x = 1\n")
    with pytest.raises(SpecError):
        History(made.project.root, {})
