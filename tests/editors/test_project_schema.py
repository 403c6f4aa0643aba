"""The JSON Schema that knows a project: it proposes the project's names, and takes every spec that validate takes."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from migspec.compiler.editors.names import ProjectNames, names_of
from migspec.compiler.editors.schema import project_schema
from migspec.compiler.history import History
from migspec.dsl.read import read

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "examples"
CASES = sorted(path for path in (TESTS / "cases").rglob("*") if path.suffix in (".yaml", ".toml"))


@cache
def names() -> ProjectNames:
    history = History(TESTS / "project", {})
    return names_of(history.state(frozenset(history.order)), {"library", "people", "shop"})


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(project_schema(names()))


def complaints(step: dict[str, Any], **more: Any) -> list[str]:
    document = {"migspec": 1, "app": "library", "steps": [step], **more}
    return [error.message for error in validator().iter_errors(document)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(validator().schema)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_it_takes_every_case(path: Path) -> None:
    assert [error.message for error in validator().iter_errors(read(path, path.name).data)] == []


@pytest.mark.parametrize("folder", [EXAMPLES, EXAMPLES / "with_bdmodels"], ids=lambda path: path.name)
def test_it_takes_the_examples(folder: Path) -> None:
    if folder.name == "with_bdmodels" and find_spec("bdmodels") is None:
        pytest.skip("bdmodels is not installed")
    command = [
        sys.executable,
        "-m",
        "migspec.compiler.cli",
        "json-schema",
        "--project",
        "--settings",
        "config.settings",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    schema = Draft202012Validator(json.loads(done.stdout))
    specs = sorted(folder.glob("*/migspecs/*"))
    assert specs
    for path in specs:
        assert [error.message for error in schema.iter_errors(read(path, path.name).data)] == []


def test_the_names() -> None:
    by_label = {model.label: model for model in names().models}
    book = by_label["library.Book"]
    assert (book.short, list(book.names)) == ("Book", ["library.Book"])
    assert book.columns["publisher_id"] == "ForeignKey to library.publisher, may be NULL"
    assert "tags" in book.fields
    assert "tags" not in book.columns
    assert list(book.objects) == ["book_price_not_negative", "book_status_idx"]
    assert by_label["library.Book.tags.through"].columns.keys() == {"id", "book_id", "tag_id"}
    assert "settings.AUTH_USER_MODEL" in by_label["people.User"].names
    assert by_label["contenttypes.ContentType"].short == ""


def test_names_that_only_the_spec_makes() -> None:
    assert complaints({"update_rows": "Novel", "set": {"plot": "thin"}}) == []
    assert complaints({"update_rows": "Book", "set": {"plot": "thin"}, "where": {"plot__isnull": True}}) == []
    assert complaints({"remove_field": "Novel.plot"}) == []
    field = {"type": "ForeignKey", "to": "Novel", "on_delete": "CASCADE"}
    assert complaints({"add_field": "Book.novel", "field": field}, app="somewhere") == []
    assert complaints({"delete_rows": "Novel", "where": "all"}, tests=[{"name": "a", "expect": {"Novel": []}}]) == []


def test_arguments_of_another_class() -> None:
    assert complaints({"add_field": "Book.code", "field": {"type": "CharField", "max_length": 3}}) == []
    assert complaints({"add_field": "Book.code", "field": {"type": "CharField", "max_digits": 3}}) != []
    assert complaints({"add_field": "Book.code", "field": {"type": "ForeignKey", "to": "Author"}}) != []
    assert complaints({"add_field": "Book.code", "field": {"type": "shop.fields.Code", "digits": 3}}) == []
