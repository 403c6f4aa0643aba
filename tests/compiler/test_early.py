"""Migrations that take away what data migrations of other apps use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.compiling import Workshop, empty_migration, workshop

FILL = """
    after: 0001_initial
    steps:
      - update_rows: Product
        set: {stock: {field: book.pages}}
        where: {book__pages__isnull: false}
        reverse: {noop: nobody minds}
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(tmp_path) as found:
        yield found


def by_hand(operation: str, *dependencies: tuple[str, str]) -> str:
    return empty_migration(*dependencies, body=f"operations = [{operation}]")


def uses_book(body: str) -> str:
    """A data migration of the shop, by hand."""
    return (
        "from django.db import migrations\n\n\n"
        f"def forwards(apps, schema_editor):\n    Book = apps.get_model('library', 'Book')\n    {body}\n\n\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('shop', '0001_initial'), ('library', '0001_initial')]\n"
        "    operations = [migrations.RunPython(forwards)]\n"
    )


def test_a_generated_removal_waits_for_who_uses_the_column(made: Workshop) -> None:
    made.project.write("shop/migrations/0002_by_hand.py", uses_book("Book.objects.filter(pages=1)"))
    made.spec("library/thin", "after: 0001_initial\nsteps:\n  - remove_field: Book.pages\n")
    made.compile()
    [text] = made.generated().values()
    assert '("shop", "0002_by_hand")' in text
    assert made.plan().warnings == []


def test_a_removal_of_something_else_does_not(made: Workshop) -> None:
    made.project.write("shop/migrations/0002_by_hand.py", uses_book("Book.objects.filter(status=1)"))
    made.spec("library/thin", "after: 0001_initial\nsteps:\n  - remove_field: Book.pages\n")
    made.compile()
    [text] = made.generated().values()
    assert "shop" not in text.partition("\n\n")[2]


def test_a_generated_rename_waits_for_who_uses_the_model(made: Workshop) -> None:
    made.project.write("shop/migrations/0002_by_hand.py", uses_book("Book.objects.count()"))
    made.spec("library/named", "after: 0001_initial\nsteps:\n  - rename_model: Book\n    to: Volume\n")
    made.compile()
    [text] = made.generated().values()
    assert '("shop", "0002_by_hand")' in text


COPY = """
    after: 0001_initial
    steps:
      - copy_rows: library.Tag
        into: Category
        set: {name: {source: label}}
        reverse: {noop: nobody minds}
"""


def test_a_removal_by_hand_is_reported(made: Workshop) -> None:
    made.spec("shop/labels", COPY)
    assert made.plan().warnings == []
    made.compile()
    removal = 'migrations.RenameField("tag", "label", "title")'
    made.project.write("library/migrations/0002_by_hand.py", by_hand(removal, ("library", "0001_initial")))
    [found] = made.plan().warnings
    assert (found.code, found.level) == ("E407", "warning")
    assert "library.0002_by_hand may run before shop.0002_labels_data, which uses library.tag.label" in found.message
    after = by_hand(removal, ("library", "0001_initial"), ("shop", "0002_labels_data"))
    made.project.write("library/migrations/0002_by_hand.py", after)
    assert made.plan().warnings == []


def test_run_before_settles_it(made: Workshop) -> None:
    made.spec("shop/labels", COPY)
    made.compile()
    removal = by_hand('migrations.RenameField("tag", "label", "title")', ("library", "0001_initial"))
    made.project.write("library/migrations/0002_by_hand.py", removal)
    made.spec("shop/labels", COPY.replace("steps:", "run_before: [library.0002_by_hand]\n    steps:"))
    assert made.compile() == ["shop/migrations/0002_labels_data.py"]
    assert made.plan().warnings == []
