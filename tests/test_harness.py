"""The helpers themselves, with migrations written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError

import databases
from harness import Runner, copied_project, goldens

SPLIT = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "harness" / "split_customer").glob("*.py"))
}

CUSTOMERS = [
    {"id": 3, "name": "Ada", "street": "High Street 1", "city": "Oslo"},
    {"id": 8, "name": "Bob", "street": "Low Street 2", "city": "Bergen"},
]

# A data step that writes one row at a time, each in a transaction of its own.
COUNTING = """
from django.db import migrations, transaction


def forwards(apps, schema_editor):
    Customer = apps.get_model("shop", "Customer")
    alias = schema_editor.connection.alias
    for customer in Customer._base_manager.using(alias).filter(points=0).order_by("pk"):
        with transaction.atomic(using=alias):
            Customer._base_manager.using(alias).filter(pk=customer.pk).update(points=customer.pk)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
"""

FORGETFUL = COUNTING.replace("_base_manager.using(alias)", "_base_manager")


def test_forward_back_and_forward_again(database: databases.Database) -> None:
    with Runner(database, {"shop": SPLIT}) as run:
        run.migrate_to("shop", "0001_initial")
        run.insert({"shop.Customer": CUSTOMERS})
        before, tables = run.rows("shop.Customer"), run.tables()

        run.migrate()
        assert run.applied("shop") == ["0001_initial", *SPLIT]
        after = run.rows("shop.CustomerAddress")
        assert after == [
            {"customer_id": 3, "street": "High Street 1", "city": "Oslo"},
            {"customer_id": 8, "street": "Low Street 2", "city": "Bergen"},
        ]
        assert "street" not in run.rows("shop.Customer")[0]

        run.migrate_to("shop", "0001_initial")
        assert run.rows("shop.Customer") == before
        assert run.tables() == tables

        run.migrate_to("shop", "0004_cleanup")
        assert run.rows("shop.CustomerAddress") == after

        run.migrate_to("shop", None)
        assert run.applied("shop") == []
        assert not [table for table in run.tables() if table.startswith("shop_")]


def test_rows_that_name_little_are_completed(database: databases.Database) -> None:
    with Runner(database) as run:
        run.migrate()
        keys = run.insert(
            {
                "library.Tag": [{"id": 5}, {"id": 6}],
                "library.Book": [{"id": 5, "title": "One"}, {"status": 3}],
                "library.Book.tags.through": [{"book_id": 5, "tag_id": 6}],
                "library.Loan": [{}, {}],
                "people.Profile": [{}],
                "shop.OrderLine": [{}, {}],
            }
        )
        first, second = run.rows("library.Book")[:2]
        assert (first["id"], first["title"]) == (5, "One")
        assert (second["id"], second["status"]) == (keys["library.Book"][1], 3)
        assert second["id"] > 5
        assert second["isbn"] != first["isbn"]
        assert run.rows("library.Book.tags.through", "book_id", "tag_id") == [{"book_id": 5, "tag_id": 6}]
        assert run.rows("people.Profile", "user__email")[0]["user__email"].endswith("@example.org")


def test_rows_are_inserted_as_they_are(database: databases.Database) -> None:
    with Runner(database) as run:
        run.migrate_to("shop", "0001_initial")
        with pytest.raises(IntegrityError):
            run.insert({"shop.Product": [{"sku": None}]})
        run.connection.close()
        run.insert({"shop.Product": [{"sku": "a"}]})
        with pytest.raises(IntegrityError):
            run.insert({"shop.Product": [{"sku": "a"}]})
        run.connection.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_code_that_forgets_its_alias_fails(database: databases.Database) -> None:
    with (
        Runner(database, {"shop": {"0002_count": FORGETFUL}}) as run,
        pytest.raises(OperationalError, match="no such table"),
    ):
        run.migrate()


def test_an_interruption_leaves_what_was_committed(database: databases.Database) -> None:
    with Runner(database, {"shop": {"0002_count": COUNTING}}) as run:
        run.migrate_to("shop", "0001_initial")
        run.insert({"shop.Customer": CUSTOMERS})
        with run.interrupt(before=2) as interruption:
            run.migrate()
        assert interruption.happened
        assert run.applied("shop") == ["0001_initial"]
        assert run.rows("shop.Customer", "points") == [{"points": 3}, {"points": 0}]
        # Two rows, and the row that says that the migration is applied.
        with run.interrupt(before=3) as interruption:
            run.migrate()
        assert not interruption.happened
        assert run.rows("shop.Customer", "points") == [{"points": 3}, {"points": 8}]


def test_an_app_that_the_project_does_not_have(database: databases.Database) -> None:
    text = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Home", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]),
    ]
"""
    with Runner(database, {"homes": {"0001_initial": text}}) as run:
        run.migrate()
        run.insert({"homes.Home": [{"name": "Cabin"}]})
        assert run.rows("homes.Home") == [{"id": 1, "name": "Cabin"}]
        assert run.snapshot()["homes.Home"] == [{"id": 1, "name": "Cabin"}]


def test_the_copied_project_agrees_with_its_models(tmp_path: Path) -> None:
    from django.core.management import call_command

    with copied_project(tmp_path) as project:
        assert project.migrations("library").keys() == {"0001_initial"}
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_commands_run_in_the_copied_project(database: databases.Database, tmp_path: Path) -> None:
    with copied_project(tmp_path, {"shop": SPLIT}) as project:
        assert "OK" in project.manage("migrate", "shop", "0004", database=database).stdout
        with Runner(database, project=project) as run:
            assert run.applied("shop") == ["0001_initial", *SPLIT]
        with pytest.raises(AssertionError, match="0009"):
            project.manage("migrate", "shop", "0009", database=database)


def test_golden_files_of_several_migrations() -> None:
    files = {"shop/migrations/0002_a.py": "A = 1\n", "library/migrations/0003_b.py": "B = 2\n"}
    text = goldens.join(files)
    assert text == "# --- shop/migrations/0002_a.py\nA = 1\n\n# --- library/migrations/0003_b.py\nB = 2\n"
    assert goldens.split(text) == files
    assert goldens.by_app(files) == {"shop": {"0002_a": "A = 1\n"}, "library": {"0003_b": "B = 2\n"}}
