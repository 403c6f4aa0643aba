"""Side tables beyond what cases show: faked, discarded, re-run half-way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor

import databases
from harness import cases
from harness.runner import Runner
from migspec.compiler.compile import compile_specs, plan_specs
from migspec.compiler.side_tables import dropping, kept_tables
from migspec.compiler.specs import read_specs

CASE = cases.CASES / "keep_old" / "update_some_rows.yaml"
DATA = ("library", "0003_update_some_rows_data")
BOOKS = {
    "library.Author": [{"id": 1}],
    "library.Book": [
        {"id": number, "author_id": 1, "status": number % 3, "published": f"18{number:02}-01-01"}
        for number in range(10, 17)
    ],
}


@pytest.fixture
def runner(database: databases.Database, tmp_path: Path) -> Iterator[Runner]:
    """The case's migrations, in ranges of two rows, and rows before them."""
    text = CASE.read_text().replace("keep_old: true", "keep_old: true\n    batch: {size: 2}")
    with cases.placed(CASE, tmp_path, text) as (project, spec, config):
        files = cases.compiled(spec, config)
        for file in files:
            project.write(f"{file.key[0]}/migrations/{file.key[1]}.py", file.text)
        with Runner(database, project=project) as made:
            made.migrate(without=[file.key for file in files])
            made.insert(BOOKS)
            yield made


def test_after_fake_the_reverse_stops(runner: Runner) -> None:
    MigrationExecutor(runner.connection).migrate([DATA], fake=True)
    with pytest.raises(RuntimeError, match=r"update_some_rows.yaml:6: what it kept is not there, in table library_"):
        runner.migrate_to("library", "0002_update_some_rows_schema")


@pytest.mark.parametrize("before", range(1, 9))
def test_what_was_kept_is_not_overwritten(runner: Runner, before: int) -> None:
    runner.migrate_to("library", "0002_update_some_rows_schema")
    given = runner.snapshot()
    with runner.interrupt(before=before) as cut:
        runner.migrate_to(*DATA)
    if cut.happened:
        runner.migrate_to(*DATA)
    assert {row["status"] for row in runner.rows("library.Book")} == {3}
    with runner.interrupt(before=before) as cut:
        runner.migrate_to("library", "0002_update_some_rows_schema")
    if cut.happened:
        runner.migrate_to("library", "0002_update_some_rows_schema")
    assert runner.snapshot() == given


def test_discarded(database: databases.Database, tmp_path: Path) -> None:
    with cases.placed(CASE, tmp_path) as (project, spec, config):
        [plan] = plan_specs([spec], config).plans
        tables = kept_tables(plan)
        path = spec.path.with_name("update_some_rows_discard.yaml")
        path.write_text(dropping(spec, [spec.name], list(tables.values()), toml=False), encoding="utf-8")
        specs = [spec, *read_specs([path], project.root)]
        for file in compile_specs(specs, config).files:
            project.write(f"{file.key[0]}/migrations/{file.key[1]}.py", file.text)
        with Runner(database, project=project) as runner:
            runner.migrate_to(*DATA)
            assert tables.keys() <= runner.tables().keys()
            runner.migrate()
            assert not tables.keys() & runner.tables().keys()
            with pytest.raises(IrreversibleError):
                runner.migrate_to(*DATA)


STOCK = """\
migspec: 1
app: library
after: 0001_initial
steps:
  - create_model: Stock
    fields:
      pk: {type: CompositePrimaryKey, field_names: [book, place]}
      book: {type: ForeignKey, to: Book, on_delete: CASCADE}
      place: {type: CharField, max_length: 10}
      count: {type: IntegerField}
"""
RECOUNT = """\
migspec: 1
app: library
after: stock
steps:
  - update_rows: Stock
    set: {count: 0}
    where: {place: shop}
    keep_old: true
  - delete_rows: Stock
    where: {place: attic}
    keep_old: true
"""


def test_rows_with_a_key_of_two_columns(database: databases.Database, tmp_path: Path) -> None:
    with cases.placed(CASE, tmp_path) as (project, spec, config):
        folder = spec.path.parent
        spec.path.unlink()
        for name, text in (("stock", STOCK), ("recount", RECOUNT)):
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        specs = read_specs([folder / "stock.yaml", folder / "recount.yaml"], project.root)
        files = compile_specs(specs, config).files
        for file in files:
            project.write(f"{file.key[0]}/migrations/{file.key[1]}.py", file.text)
        with Runner(database, project=project) as runner:
            runner.migrate(without=[files[1].key])
            stock = [{"book_id": 1, "place": place, "count": 7} for place in ("shop", "attic", "cellar")]
            runner.insert(
                {"library.Author": [{"id": 1}], "library.Book": [{"id": 1, "author_id": 1}], "library.Stock": stock}
            )
            given = runner.snapshot()
            runner.migrate()
            found = {row["place"]: row["count"] for row in runner.rows("library.Stock")}
            assert found == {"shop": 0, "cellar": 7}
            runner.migrate_to(*files[0].key)
            assert runner.snapshot() == given


PLACES = """\
migspec: 1
app: library
after: 0001_initial
steps:
  - create_model: Place
    fields:
      id: {type: BigAutoField, primary_key: true}
      name: {type: CharField, max_length: 50}
      open: {type: BooleanField, default: true}
  - create_model: Shop
    bases: [Place]
    fields:
      place_ptr: {type: OneToOneField, to: Place, on_delete: CASCADE, parent_link: true, primary_key: true}
      floors: {type: IntegerField, default: 1}
  - create_model: Review
    fields:
      place: {type: ForeignKey, to: Place, on_delete: CASCADE}
  - create_model: Clerk
    fields:
      shop: {type: ForeignKey, to: Shop, on_delete: SET_NULL, nullable: true}
"""
CLOSED = """\
migspec: 1
app: library
after: places
steps:
  - update_rows: Shop
    set: {open: false, floors: 0}
    where: {floors: 2}
    keep_old: true
  - delete_rows: Shop
    where: {floors: 3}
    keep_old: true
  - delete_rows: Place
    where: {name: e}
    keep_old: true
"""


def test_rows_in_several_tables(database: databases.Database, tmp_path: Path) -> None:
    with cases.placed(CASE, tmp_path) as (project, spec, config):
        folder = spec.path.parent
        spec.path.unlink()
        for name, text in (("places", PLACES), ("closed", CLOSED)):
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        specs = read_specs([folder / "places.yaml", folder / "closed.yaml"], project.root)
        files = compile_specs(specs, config).files
        for file in files:
            project.write(f"{file.key[0]}/migrations/{file.key[1]}.py", file.text)
        with Runner(database, project=project) as runner:
            runner.migrate_to(*files[0].key)
            places = [{"id": number, "name": name} for number, name in enumerate("abcde", 1)]
            runner.insert({"library.Place": places})
            with runner.connection.cursor() as cursor:  # a row of the child's own table
                for place, floors in ((1, 1), (2, 2), (3, 3), (5, 1)):
                    cursor.execute("INSERT INTO library_shop (place_ptr_id, floors) VALUES (%s, %s)", [place, floors])
            runner.insert(
                {
                    "library.Review": [
                        {"id": number, "place_id": place} for number, place in enumerate((1, 3, 4, 5), 1)
                    ],
                    "library.Clerk": [{"id": number, "shop_id": shop} for number, shop in enumerate((2, 3, 5), 1)],
                }
            )
            given = runner.snapshot()
            runner.migrate_to(*files[-1].key)
            assert {row["name"]: row["open"] for row in runner.rows("library.Place")} == {"a": 1, "b": 0, "d": 1}
            assert {row["floors"] for row in runner.rows("library.Shop")} == {1, 0}
            assert {row["place_id"] for row in runner.rows("library.Review")} == {1, 4}
            assert [row["shop_id"] for row in runner.rows("library.Clerk")] == [2, None, None]
            runner.migrate_to(*files[0].key)
            assert runner.snapshot() == given
            runner.migrate_to(*files[-1].key)


NOTES = """\
migspec: 1
app: library
after: 0001_initial
steps:
  - create_model: Note
    fields:
      book: {type: OneToOneField, to: Book, on_delete: CASCADE}
      text: {type: CharField, max_length: 10}
      tags: {type: ManyToManyField, to: Tag}
"""
NOTED = """\
migspec: 1
app: library
after: notes
steps:
  - update_rows: Book
    source: Note
    match: {id: book_id}
    set: {summary: {source: text}}
    keep_old: true
  - delete_model: Note
"""


def test_a_source_with_a_join_table(database: databases.Database, tmp_path: Path) -> None:
    with cases.placed(CASE, tmp_path) as (project, spec, config):
        folder = spec.path.parent
        spec.path.unlink()
        for name, text in (("notes", NOTES), ("noted", NOTED)):
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        specs = read_specs([folder / "notes.yaml", folder / "noted.yaml"], project.root)
        files = compile_specs(specs, config).files
        for file in files:
            project.write(f"{file.key[0]}/migrations/{file.key[1]}.py", file.text)
        with Runner(database, project=project) as runner:
            runner.migrate_to(*files[0].key)
            runner.insert(
                {
                    "library.Author": [{"id": 1}],
                    "library.Book": [{"id": number, "author_id": 1, "summary": "old"} for number in (1, 2)],
                    "library.Tag": [{"id": 1, "slug": "a"}, {"id": 2, "slug": "b"}],
                    "library.Note": [{"id": 5, "book_id": 2, "text": "new"}],
                    "library.Note.tags.through": [{"note_id": 5, "tag_id": 2}],
                }
            )
            given = runner.snapshot()
            runner.migrate_to(*files[-1].key)
            assert [row["summary"] for row in runner.rows("library.Book")] == ["old", "new"]
            runner.migrate_to(*files[0].key)
            assert runner.snapshot() == given
