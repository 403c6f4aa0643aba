"""Row steps as RunSQL: on three databases they leave the same rows as RunPython, and nothing is connected for them."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState, ProjectState

import databases
from harness import Runner, cases
from migspec.compiler.compile import compile_specs
from migspec.compiler.config import Config
from migspec.compiler.emit.code import CannotEmit
from migspec.compiler.emit.file import MigrationCode, file_text
from migspec.compiler.emit.local import Constants
from migspec.compiler.emit.rows import RowStep
from migspec.compiler.emit.sql import database as sql_database
from migspec.compiler.emit.sql.checks import unsayable
from migspec.compiler.emit.sql.layout import layout
from migspec.compiler.emit.sql.rows import emit_row_sql
from migspec.compiler.emit.sql.site import Statement
from migspec.compiler.emit.sql.text import settled
from migspec.compiler.reversing.reversal import Reversal
from migspec.dsl.diagnostics import SpecError
from migspec.schemas.data.join_tables import with_join_tables
from migspec.schemas.data.rows import Delete, Insert, Join, Mapped, ModelKey, Update
from migspec.schemas.python.expressions import evaluate
from row_steps import (
    CITY,
    COUNTRY,
    HOME,
    LABEL,
    RESTAURANT,
    STAY,
    back,
    column,
    computed,
    constants,
    forward,
    mapped,
    own,
    per_row,
    running,
    source,
    step,
    tables,
    text_of,
    where,
)
from row_stories import COUNTRIES, HOMES, NEWEST, STATUS, STORIES, Story

SET_N = Update(model=HOME, assign=constants(n=1))


@pytest.fixture(scope="module", params=databases.VENDORS)
def homes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """The tables of SCHEMA on each database, empty at the start of every test."""
    try:
        with databases.fresh(request.param, tmp_path_factory.mktemp("homes")) as database, tables(database) as run:
            yield run
    except databases.Unavailable as reason:
        if databases.required():
            pytest.fail(f"{request.param}: {reason}", pytrace=False)
        pytest.skip(f"{request.param}: {reason}")


def sql_of(*steps: RowStep, vendors: tuple[str, ...] = databases.VENDORS) -> str:
    """Give the migration file that the steps become with emit: sql, as it is before it is formatted."""
    assert [str(problem) for one in steps for problem in unsayable(one)] == []
    scope: Any = None  # evaluating needs it only to say what is wrong
    constants = Constants()
    written = [emit_row_sql(one, vendors, lambda text: evaluate(text, scope), constants) for one in steps]
    pieces = [piece for pieces in written for piece in pieces]
    return file_text(MigrationCode(pieces=pieces, dependencies=[(steps[0].app_label, "0001_initial")]), ())


# --- rows ---


def lived(run: Runner, one: Story, emit: Any) -> list[dict[str, Any]]:
    """Give the rows after the step, after rolling back and after the step again; times only as whether there is one."""
    found = []
    with running(run, one.step, emit=emit, **one.rows):
        for move in (forward, back, forward):
            move(run)
            found.append(
                {name: sorted((told(name, row) for row in rows), key=repr) for name, rows in run.snapshot().items()}
            )
    return found


def told(model: str, row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is another each time: the moment, and the numbers that the database gives."""
    numbered = {"id"} if model in ("homes.Label", "homes.Stay") else set()
    return {name: value is None if name == "made" else value for name, value in row.items() if name not in numbered}


@pytest.mark.parametrize("name", STORIES)
def test_the_same_rows_as_python(homes: Runner, name: str) -> None:
    one = STORIES[name]
    python = lived(homes, one, text_of)
    sql = lived(homes, one, sql_of)
    assert sql == python


def test_one_database_has_plain_run_sql(homes: Runner) -> None:
    vendor, one = homes.connection.vendor, STORIES["literal rows that are not there"]
    text = sql_of(one.step, vendors=(vendor,))
    assert "migrations.RunSQL(" in text
    assert "class RunSQL" not in text
    assert lived(homes, one, lambda step: sql_of(step, vendors=(vendor,))) == lived(homes, one, text_of)


def test_sqlmigrate_prints_what_will_run(homes: Runner) -> None:
    one = step(
        Update(model=HOME, assign=(("order", source("name")),), join=NEWEST, where=where(name="it's 100%")),
        back=Update(model=HOME, assign=constants(order="x")),
    )
    with running(homes, one, emit=sql_of):
        for arguments, expected in (([], "SET order = ( SELECT U0.name"), (["--backwards"], "SET order = 'x'")):
            out = io.StringIO()
            call_command("sqlmigrate", "homes", "0002_rows", *arguments, database=homes.connection.alias, stdout=out)
            said = re.sub(r"\s+", " ", re.sub('["`]', "", out.getvalue()))
            assert said.count("UPDATE Homes Of All") == 1
            assert expected in said
            assert "THIS OPERATION CANNOT BE WRITTEN AS SQL" not in said


def test_numbering_goes_on_after_copied_keys(homes: Runner) -> None:
    copy = Insert(model=CITY, source=HOME, assign=(("id", source("id")), ("name", source("name"))), key=("id",))
    literal = Insert(model=LABEL, rows=(constants(id=40, name="a"),))
    with running(homes, step(copy, literal), emit=sql_of, Home=[{"id": 5, "name": "a"}, {"id": 900, "name": "b"}]):
        forward(homes)
        for model, key in (("City", 900), ("Label", 40)):
            rows = homes.model(f"homes.{model}")._base_manager.using(homes.connection.alias)
            assert rows.create(name="c").pk > key


def test_duplicates_stop_the_step_where_a_constraint_does(homes: Runner) -> None:
    one = step(Update(model=HOME, assign=(("key", own("n")),), distinct=("key",)))
    with running(homes, one, emit=sql_of, Home=[{"id": 1, "n": 1}, {"id": 2, "n": 2}, {"id": 3, "n": 2}]):
        with pytest.raises(IntegrityError):
            forward(homes)
        homes.connection.close()
        assert column(homes, "Home.key") == [None, None, None]


@pytest.mark.parametrize("from_source", [False, True])
def test_a_key_that_is_there_stops_the_step_where_a_constraint_does(homes: Runner, from_source: bool) -> None:
    change = Insert(model=COUNTRY, rows=COUNTRIES, key=("code",), existing="error")
    if from_source:
        assign = (("id", source("id")), ("name", source("name")))
        change = Insert(model=CITY, source=HOME, assign=assign, key=("id",), existing="error")
    rows: dict[str, Any] = {"Country": [{"code": "fr"}], "City": [{"id": 2}], "Home": HOMES}
    with running(homes, step(change), emit=sql_of, **rows):
        with pytest.raises(IntegrityError):
            forward(homes)
        homes.connection.close()
        assert column(homes, "Country.code") == ["fr"]
        assert column(homes, "City.id") == [2]


# --- what is emitted ---


def test_nothing_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise AssertionError("a connection")

    for name in ("connect", "ensure_connection", "_cursor"):
        monkeypatch.setattr(BaseDatabaseWrapper, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for one in STORIES.values():
        assert "RunSQLOnMySQL(" in sql_of(one.step)


def test_a_database_that_is_asked_says_so() -> None:
    for vendor in databases.VENDORS:
        for database in sql_database.databases(vendor):
            with pytest.raises(CannotEmit, match="would have to be asked from a server"):
                database.cursor()


NOOP = "migrations.RunSQL.noop"


@pytest.mark.parametrize(
    ("reversal", "comment", "reverse_sql"),
    [
        (
            Reversal(changes=(), fidelity="noop", differs="it may stay"),
            "changes no rows: it may stay.",
            "migrations.RunSQL.noop",
        ),
        (Reversal(changes=None, fidelity="irreversible", differs="gone"), "It cannot be rolled back: gone.", None),
        (
            Reversal(changes=(), fidelity="exact"),
            "Nothing to undo: what is written here goes",
            "migrations.RunSQL.noop",
        ),
        (
            Reversal(changes=(Update(model=HOME, assign=constants(n=1)),), fidelity="best effort", differs="n is 1"),
            "Rolling back is best effort: n is 1.",
            """[('UPDATE "Homes Of All" SET "n" = %s', [1]),]""",
        ),
    ],
)
def test_the_reverse(reversal: Reversal, comment: str, reverse_sql: str | None) -> None:
    one = step(Update(model=HOME, assign=constants(n=2)), back=reversal, doc="Every home has two.")
    text = sql_of(one, vendors=("sqlite",))
    assert "# Every home has two.\n" in text
    assert comment in text
    assert f"reverse_sql={reverse_sql}," in re.sub(r"\n\s*", "", text) if reverse_sql else "reverse_sql" not in text


def test_only_one_of_the_databases() -> None:
    text = sql_of(step(SET_N, only="mysql"))
    assert "RunSQLOnMySQL(" in text
    assert "PostgreSQL" not in text
    assert "migrations.RunSQL(" in sql_of(step(SET_N, only="sqlite"), vendors=("sqlite",))


def test_texts_that_statements_share_stand_once() -> None:
    one = STORIES["literal rows that are not there"].step
    text = sql_of(one, sql_step("b"), vendors=("postgresql",))
    assert text.count("INSERT INTO") == 2
    assert "(INSERT_HOMES_COUNTRY, [" in text
    assert "(INSERT_HOMES_COUNTRY_2, [" in text


def sql_step(suffix: str) -> RowStep:
    rows = (constants(code="no", name="Norway", note=None), constants(code="se", name="Sweden", note=None))
    return step(Insert(model=COUNTRY, rows=rows, key=("code",)), suffix=f"_{suffix}")


def test_layout_changes_nothing_but_white_space() -> None:
    for one in STORIES.values():
        for vendor in databases.VENDORS:
            pieces = emit_row_sql(one.step, [vendor], lambda text: evaluate(text, None), Constants())  # type: ignore[arg-type]
            for piece in pieces:
                for sql in re.findall(r'"""(.*?)"""', piece.operation.text, re.DOTALL):
                    flat = re.sub(r"\s+", " ", sql).strip()
                    laid = layout(flat, 40)
                    assert re.sub(r"\s", "", laid) == re.sub(r"\s", "", flat)
                    assert all(len(line) <= 88 for line in sql.splitlines())


@pytest.mark.parametrize(
    ("text", "parameters", "expected"),
    [
        ("UPDATE t SET a = %s, b = %s", [None, 1], Statement("UPDATE t SET a = NULL, b = %s", [1])),
        ("SELECT U0.a FROM t U0", [], Statement('SELECT "U0".a FROM t "U0"', [])),
        ("LIKE '%%s U0' AND %s", [True], Statement("LIKE '%%s U0' AND %s", [True])),
        ('EXISTS(SELECT %s AS "a" FROM t WHERE %s)', [1, 2], Statement('EXISTS(SELECT 1 AS "a" FROM t WHERE %s)', [2])),
        ("%s", [memoryview(b"x")], Statement("%s", [b"x"])),
    ],
)
def test_one_spelling_whichever_django(text: str, parameters: list[Any], expected: Statement) -> None:
    assert settled(Statement(text, parameters), lambda name: f'"{name}"') == expected


# --- maps whose errors cannot come ---


def slugs(value: Mapped, **arguments: Any) -> Update:
    return Update(model=HOME, assign=(("slug", value),), **arguments)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (slugs(mapped(own("n"), STATUS, unmatched="keep")), None),
        (slugs(mapped(own("n"), STATUS), where=where(n__in=[0, 1])), None),
        (slugs(mapped(own("code"), STATUS), where=where(code=1)), None),
        (slugs(mapped(own("n"), STATUS)), "unmatched: keep, or"),
        (
            slugs(mapped(own("n"), STATUS), where=where(n__in=[0, 2])),
            "unmatched: keep, or",
        ),
        (slugs(mapped(own("code"), STATUS)), "unmatched: keep, nulls: keep, or"),
        (
            Update(
                model=HOME, assign=(("slug", mapped(own("code"), STATUS, unmatched="null")),), where=where(code__gt=0)
            ),
            None,
        ),
        (
            slugs(mapped(own("city__code"), STATUS, unmatched="null")),
            "nulls: keep, or",
        ),
        (
            Update(
                model=HOME,
                assign=(("slug", mapped(source("current"), {True: "a", False: "b"})),),
                join=Join(source=STAY, on=(("id", "home_id"),)),
            ),
            None,
        ),
        (
            Insert(model=LABEL, source=HOME, assign=(("name", mapped(source("n"), STATUS)),)),
            "unmatched: null, or",
        ),
        (
            Insert(model=LABEL, source=HOME, assign=(("kind", mapped(source("n"), STATUS)),)),
            "unmatched: {value: ...}, or",
        ),
    ],
)
def test_a_map_that_needs_no_look_before_it_writes(change: Any, said: str | None) -> None:
    found = unsayable(step(change))
    assert [one.hint for one in found] == ([f"{said} emit: python"] if said else [])


# --- what has no SQL ---


@pytest.mark.parametrize(
    ("one", "at", "said"),
    [
        (step(SET_N, batch=5), ("batch",), "SQL is one statement, without batches"),
        (
            step(Update(model=HOME, assign=(("code", own("n")),), distinct=("code",))),
            ("duplicates",),
            "no constraint keeps 'code' apart yet",
        ),
        (
            step(Update(model=HOME, assign=(("token", per_row("uuid.uuid4")),))),
            ("set", "token"),
            "'token' gets uuid.uuid4() for each row, and a value of Python has no SQL",
        ),
        (
            step(Update(model=HOME, assign=(("name", computed("datetime.date.today()")),))),
            ("set", "name"),
            "'name' gets datetime.date.today(), and a value of Python has no SQL",
        ),
        (
            step(Insert(model=COUNTRY, rows=((*constants(code="x"), ("name", per_row("uuid.uuid4"))),))),
            ("rows", 0, "name"),
            "'name' gets uuid.uuid4() for each row",
        ),
        (
            step(Insert(model=RESTAURANT, rows=(constants(name="a"),))),
            (),
            "Restaurant has its rows in several tables",
        ),
        (
            step(Insert(model=LABEL, rows=(constants(name="a"),), key=("name",), existing="error")),
            ("existing",),
            "no constraint keeps name apart",
        ),
        (
            step(Insert(model=COUNTRY, rows=(constants(name="a"),), key=("code",))),
            ("key",),
            "a key must be made of plain literals",
        ),
        (
            step(
                Insert(model=LABEL, source=STAY, assign=(("name", source("name")),), key=("name",), existing="update")
            ),
            ("existing",),
            "rows of Stay may have one key",
        ),
        (
            step(
                Update(model=HOME, assign=constants(n=1)),
                back=Update(model=HOME, assign=(("token", per_row("uuid.uuid4")),)),
            ),
            ("reverse",),
            "rolling back: 'token' gets uuid.uuid4()",
        ),
    ],
)
def test_what_one_statement_cannot_do(one: RowStep, at: tuple[Any, ...], said: str) -> None:
    (found,) = unsayable(one)
    assert found.at == at
    assert said in found.message
    assert found.hint


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Update(model=RESTAURANT, assign=constants(name="x")), "Restaurant.name is a column of the parent Place"),
        (
            Insert(model=RESTAURANT, source=HOME, assign=(("place_ptr_id", source("id")), ("name", source("name")))),
            "Restaurant.name is a column of the parent Place",
        ),
        (Insert(model=STAY, source=CITY, assign=(("city_id", source("id")),)), "Stay.home_id is NOT NULL"),
        (Delete(model=RESTAURANT), "Restaurant has its rows in several tables"),
        (Delete(model=HOME), "on_delete of Home.parent goes on from row to row"),
        (Delete(model=CITY, where=where(stay__code=1)), "the condition reads rows that go before"),
        (
            Update(model=HOME, assign=constants(n=1), where=where(data={"a": 1})),
            "MySQL and MariaDB, which are both MySQL",
        ),
        (Update(model=HOME, assign=constants(n=1), where=where(name__regex="^a")), "MySQL and MariaDB"),
    ],
)
def test_what_django_does_not_write(change: Any, said: str) -> None:
    with pytest.raises(CannotEmit, match=said) as error:
        sql_of(step(change))
    assert error.value.hint


def test_what_django_does_not_write_for_the_reverse() -> None:
    with pytest.raises(CannotEmit, match="rolling back: Restaurant has its rows in several tables") as error:
        sql_of(step(SET_N, back=Delete(model=RESTAURANT)))
    assert error.value.at == ("reverse",)


# --- on_delete ---


def shelves(**on_delete: Any) -> ProjectState:
    """A shelf, its books, their pages; what becomes of a book without its shelf is said."""
    found = ProjectState()
    key = ("id", models.BigAutoField(primary_key=True))
    shelf = models.ForeignKey("homes.Shelf", null=True, **on_delete)
    book = models.ForeignKey("homes.Book", models.CASCADE)
    label = models.ManyToManyField("homes.Label")
    found.add_model(ModelState("homes", "Shelf", [key]))
    found.add_model(ModelState("homes", "Label", [key]))
    found.add_model(ModelState("homes", "Book", [key, ("shelf", shelf), ("labels", label)]))
    found.add_model(ModelState("homes", "Page", [key, ("book", book)]))
    return with_join_tables(found)


SHELF = ModelKey("homes", "Shelf")
EMPTY = 'DELETE FROM "homes_shelf"'


@pytest.mark.parametrize(
    ("on_delete", "expected"),
    [
        (
            models.CASCADE,
            ['DELETE FROM "homes_page"', 'DELETE FROM "homes_book_labels"', 'DELETE FROM "homes_book"', EMPTY],
        ),
        (models.SET_NULL, ['UPDATE "homes_book" SET "shelf_id" = NULL', EMPTY]),
        (models.SET_DEFAULT, ['UPDATE "homes_book" SET "shelf_id" = %s', EMPTY]),
        (models.SET(7), ['UPDATE "homes_book" SET "shelf_id" = %s', EMPTY]),
        (models.PROTECT, [EMPTY]),
        (models.RESTRICT, [EMPTY]),
        (models.DO_NOTHING, [EMPTY]),
    ],
)
def test_on_delete(on_delete: Any, expected: list[str]) -> None:
    one = step(Delete(model=SHELF), state=shelves(on_delete=on_delete, default=5))
    text = re.sub(r"\s+", " ", sql_of(one, vendors=("sqlite",)))
    places = [text.index(sql) for sql in expected]
    assert places == sorted(places)
    assert len(re.findall("DELETE FROM|UPDATE", text)) == len(expected)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"on_delete": models.SET(list)}, "on_delete of Book.shelf is a function of Python"),
        ({"on_delete": models.SET_DEFAULT, "default": int}, "on_delete of Book.shelf is a function of Python"),
        ({"on_delete": models.PROTECT, "db_constraint": False}, "no database does what on_delete of Book.shelf says"),
    ],
)
def test_on_delete_that_has_no_sql(arguments: Any, said: str) -> None:
    with pytest.raises(CannotEmit, match=said):
        sql_of(step(Delete(model=SHELF), state=shelves(**arguments)))


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImproperlyConfigured("Error loading psycopg2 or psycopg module")

    monkeypatch.setattr("django.db.utils.load_backend", missing)
    with pytest.raises(CannotEmit, match="only where the driver for PostgreSQL is installed") as error:
        sql_of(step(SET_N), vendors=("postgresql",))
    assert error.value.hint == "pip install psycopg, or write emit: python"


@pytest.mark.parametrize(
    ("vendors", "said"), [((), "declares no database"), (("oracle",), "no SQL is written for Oracle")]
)
def test_databases_for_which_no_sql_is_written(vendors: tuple[str, ...], said: str) -> None:
    with pytest.raises(CannotEmit, match=said):
        sql_of(step(SET_N), vendors=vendors)


# --- in a spec ---


def compiled(folder: Path, steps: str, **config: Any) -> str:
    """Compile a spec of the test project's app library and give its last file."""
    spec = folder / "changed.yaml"
    spec.write_text(f"migspec: 1\napp: library\nafter: 0001_initial\nsteps:\n{steps}", encoding="utf-8")
    with cases.placed(spec, folder / "project") as (project, placed, _):
        outcome = compile_specs([placed], Config(root=project.root, databases=("postgresql",), **config))
        return outcome.files[-1].text


TITLES = "  - update_rows: Book\n    set: {title: x}\n    reverse: {noop: why not}\n"


@pytest.mark.parametrize(
    ("steps", "config", "operation"),
    [
        (TITLES, {}, "RunPython("),
        (TITLES, {"emit": "sql"}, "RunSQL("),
        (TITLES + "    emit: sql\n", {}, "RunSQL("),
        (TITLES + "    emit: python\n", {"emit": "sql"}, "RunPython("),
    ],
)
def test_the_step_has_its_way_before_the_project(tmp_path: Path, steps: str, config: Any, operation: str) -> None:
    assert f"migrations.{operation}" in compiled(tmp_path, steps, **config)


def test_everything_that_is_wrong_has_its_place(tmp_path: Path) -> None:
    steps = (
        "  - update_rows: Book\n"
        "    set:\n"
        "      title: {field: status, map: {1: planned}}\n"
        "      isbn: {expr: uuid.uuid4}\n"
        "    batch: {size: 10}\n"
        "    reverse: {noop: why not}\n"
        "    emit: sql\n"
    )
    with pytest.raises(SpecError) as error:
        compiled(tmp_path, steps)
    said = [(one.code, one.place.line, one.place.column, one.hint) for one in error.value.diagnostics]
    assert said == [
        ("E502", 7, 14, "unmatched: keep, or emit: python"),
        ("E502", 8, 13, "emit: python"),
        ("E502", 9, 12, "leave 'batch' out, or write emit: python"),
    ]
