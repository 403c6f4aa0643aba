"""Every golden case, for several properties: the same bytes, valid code, the same from TOML, rows on each database."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli_w

import databases
from harness import cases, goldens
from harness.runner import Runner
from harness.scratches import Scratches
from migspec.compiler.compile import compile_specs
from migspec.compiler.files.format import format_code
from migspec.compiler.files.heads import code_hash, read_head
from migspec.compiler.verify.generate.generation import Generation
from migspec.compiler.verify.result import Result
from migspec.compiler.verify.servers import Server
from migspec.dsl.read import read
from migspec.schemas.document import Spec, parse

ALL = cases.all_cases()
NAMES = [f"{path.parent.name}/{path.stem}" for path in ALL]

each_case = pytest.mark.parametrize("path", ALL, ids=NAMES)


@each_case
def test_golden(path: Path, tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    with cases.placed(path, tmp_path) as (project, spec, config):
        files = cases.compiled(spec, config)
        for file in files:
            head = read_head(file.text)
            assert head is not None
            assert head.code_hash == code_hash(file.text)
            ast.parse(file.text)
            assert format_code(file.text, project.root) == file.text
            file.path.write_text(file.text, encoding="utf-8")
        assert compile_specs([spec], config).files == [], "what was just compiled is fresh"
    golden(path.with_suffix(".py"), goldens.join(cases.texts(files)))


def test_no_golden_without_a_case() -> None:
    assert {path.with_suffix("").name for path in cases.CASES.glob("*/*.py")} == {path.stem for path in ALL}


@each_case
def test_the_other_format_gives_the_same_code(path: Path, tmp_path: Path) -> None:
    if path.suffix == ".toml":
        pytest.skip("written in TOML: the YAML cases show that both are the same")
    data = read(path, path.name).data
    if has_null(data):
        pytest.skip("TOML has no null")
    with cases.placed(path, tmp_path) as (_, spec, config):
        expected = cases.texts(cases.compiled(spec, config))
    with cases.placed(path, tmp_path, tomli_w.dumps(data), ".toml") as (_, spec, config):
        actual = cases.texts(cases.compiled(spec, config))
    assert {path: body(text) for path, text in actual.items()} == {path: body(text) for path, text in expected.items()}


def body(text: str) -> str:
    """Leave out the head, the places in the spec's file that errors name, and layout, which may depend on those."""
    code = "".join(text.split("\n")[2:])
    return re.sub(r"\s+", "", re.sub(r"migspecs/\w+\.(yaml|toml):\d+", "", code))


def has_null(data: object) -> bool:
    if isinstance(data, dict):
        return any(has_null(value) for value in data.values())
    if isinstance(data, list):
        return any(has_null(value) for value in data)
    return data is None


def spec_at(path: Path) -> Spec:
    return parse(read(path, path.name))


# Cases that do not do what they say with all rows, with the reason and what verify says. Each is about something else.
BY_HAND = ("its reverse is written by hand, for rows as in its test: it also finds some that were there before", "E802")
OUTGROWN = ("a value may be too large for the column that it goes to, and SQLite takes it", "E803")
NOT_FOR_ALL_ROWS = {
    "copy_rows/computed_values": OUTGROWN,
    "copy_rows/computed_values_into_a_kept_table": BY_HAND,
    "copy_rows/existing_rows_refused": BY_HAND,
    "copy_rows/from_another_app": BY_HAND,
    "copy_rows/into_a_kept_table_by_key": BY_HAND,
    "copy_rows/json_beside_computed_values": BY_HAND,
    "delete_rows/set_null": BY_HAND,
    "insert_rows/update_existing": BY_HAND,
    "join_tables/one_many_to_many_into_two": BY_HAND,
    "keep_old/columns_of_the_source": OUTGROWN,
    "keep_old/copy_into_a_kept_table": OUTGROWN,
    "patterns/aggregate_into_a_column": OUTGROWN,
    "patterns/all_but_the_first_of_a_group": OUTGROWN,
    "patterns/constant": BY_HAND,
    "patterns/default_row_for_a_foreign_key": BY_HAND,
    "run_python/there_and_back": BY_HAND,
    "run_sql/by_vendor": BY_HAND,
    "run_sql/parameters": BY_HAND,
    "run_sql/text": BY_HAND,
    "update_rows/add_fill_add_fill_drop": OUTGROWN,
    "update_rows/arithmetic": OUTGROWN,
    "update_rows/map_with_unmatched_and_nulls": BY_HAND,
    "update_rows/null_and_now": BY_HAND,
    "update_rows/same_model_as_source": BY_HAND,
}


def is_excused(result: Result, code: str) -> bool:
    return result.test == "generated rows" and result.failures[0].diagnostic.code == code


EVERY_TEST = [
    pytest.param(path, number, id=f"{path.parent.name}/{path.stem}/{name.replace(' ', '-')}")
    for path in ALL
    for number, name in enumerate([test.name for test in spec_at(path).tests] or ["generated rows"])
]

# Sets of rows that nobody wrote, with the first test of each case.
SETS = {"sqlite": 3, "postgresql": 1, "mysql": 1}


@pytest.mark.parametrize(("path", "number"), EVERY_TEST)
def test_rows(path: Path, number: int, server: Server, scratches: Scratches, tmp_path: Path) -> None:
    _, code = NOT_FOR_ALL_ROWS.get(f"{path.parent.name}/{path.stem}", ("", ""))
    sets = SETS[server.name]
    # On SQLite empty tables have a test of their own.
    generation = Generation(sets, empty=not server.is_sqlite, shrinks=not code) if number == 0 else None
    if cases.own_rows_only() and spec_at(path).tests:
        generation = None
    with cases.placed(path, tmp_path) as (_, spec, config):
        results = cases.verified(spec, number, server, scratches, config, generation)
    wrong = [result for result in results if not (result.ok or is_excused(result, code))]
    assert not wrong, "\n".join(said for result in wrong for said in (*map(str, result.failures), result.entry))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@each_case
def test_an_empty_database_goes_forward_back_and_forward(
    path: Path, database: databases.Database, tmp_path: Path
) -> None:
    with cases.placed(path, tmp_path) as (project, spec, config):
        files = cases.compiled(spec, config)
        for file in files:
            project.write(f"{file.key[0]}/migrations/{file.key[1]}.py", file.text)
        with Runner(database, project=project) as runner:
            runner.migrate()
            tables = runner.tables()
            if cases.is_irreversible(files):
                return
            cases.go_back(runner, files, spec.after)
            runner.migrate()
            assert runner.tables() == tables
