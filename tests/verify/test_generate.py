"""Rows that nobody wrote: wrong specs are found with them, and the smallest fail again as a test of the spec."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import models
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from cli.test_cli import Session
from harness.compiling import workshop
from migspec.compiler.verify.generate.entry import entry
from migspec.compiler.verify.generate.seeded import seeded
from migspec.compiler.verify.generate.values import values_for
from migspec.compiler.verify.testing import verify_specs
from migspec.dsl.read import read_text
from migspec.schemas.data.literals import fit

HERE = Path(__file__).parent
# What wrong specs show with rows of their own is found without them. (What the database draws differs each time.)
WRONG = sorted(
    [
        *(HERE / "generated").glob("*.[ty]*ml"),
        *(path for path in (HERE / "wrong").glob("*.yaml") if "ties" not in path.stem),
    ]
)

Golden = Callable[[Path, str], None]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(Path.cwd() / ".hypothesis"))
    with workshop(tmp_path) as made:
        made.project.write("pyproject.toml", '[tool.migspec]\ndatabases = ["mysql", "postgresql", "sqlite"]\n')
        yield Session(made)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_spec_is_found(path: Path, session: Session, golden: Golden) -> None:
    text = re.split(r"^tests:\n", path.read_text(), flags=re.MULTILINE)[0]
    app = str(re.search(r"^app\W+(\w+)", text, re.MULTILINE)[1])  # type: ignore[index]
    target = session.made.project.write(f"{app}/migspecs/{path.name}", text)
    said = session.run("verify", "--generate", "25", "-k", "generated")
    assert session.code == 1, said
    golden(HERE / "generated" / f"{path.stem}.txt", session.seen)

    # As a test of the spec it fails alike.
    _, pasted = said.split("to be added to 'tests':\n")
    pasted = "\n".join(line for line in pasted.split("\n") if not re.match(r"\d+ tests?, ", line))
    target.write_text(f"{text}\n{'tests:' if path.suffix == '.yaml' else ''}\n{pasted}")
    again = session.run("verify")
    assert session.code == 1, again
    assert differences(again) == differences(said)


def differences(said: str) -> list[str]:
    """Give the complaints without the names of tests, with the cells that differ."""
    lines = (re.sub(r"^\S+:\d+:\d+ (E\d+) '[^']+'", r"\1", line) for line in said.split("\n"))
    return [line for line in lines if re.match(r"E8| {4}(row|\w+ \S+) ", line)]


GUARDED = """
    after: 0001_initial
    steps:
      - update_rows: Customer
        description: Codes of countries become those of their languages.
        set: {country: {map: {"no": nb, se: sv}, field: country, unmatched: error}}
"""


def test_what_the_spec_does_not_take_is_none_of_its_failures(session: Session) -> None:
    session.made.spec("shop/guarded", GUARDED)
    said = session.run("verify", "--generate", "20")
    assert session.code == 0, said
    assert re.search(r"ok      generated rows \(sqlite: 2\d sets, [1-9]\d? stopped as the spec says\)", said)
    assert session.run("verify", "--generate", "20") == said, "the same rows each time"


def test_one_seed_gives_the_same_sets_whatever_else_was_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drawn()
    numbers = ", ".join(str(number) for number in range(700_001, 700_401))
    (tmp_path / "full_of_constants.py").write_text(f"NUMBERS = [{numbers}]\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_module("full_of_constants").NUMBERS
    assert drawn() == first


def drawn() -> list[list[int]]:
    found = []

    @seed(0)
    @settings(max_examples=200, database=None, phases=[Phase.generate])
    @given(st.lists(st.integers(0, 1_000_000)))
    def draw(numbers: list[int]) -> None:
        found.append(numbers)

    with seeded():
        draw()
    return found


def test_from_a_test_suite(session: Session) -> None:
    session.made.spec("shop/guarded", GUARDED)
    *_, generated = verify_specs("guarded", folder=session.made.project.root, generate=3)
    assert (generated.test, generated.ok) == ("generated rows", True)
    session.made._forget()
    session.made.spec(
        "shop/guarded",
        GUARDED.rstrip() + "\n        reverse:\n          - update_rows: Customer\n            set: {country: se}\n",
    )
    with pytest.raises(AssertionError, match="- name: rows that do not come back\n"):
        verify_specs("guarded", folder=session.made.project.root, generate=10)


def test_without_hypothesis(session: Session, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    session.made.spec("shop/guarded", GUARDED)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    session.run("verify", "--generate", "5")
    session.run("verify", "--generate", "many")
    golden(
        HERE / "generate_unusable.txt",
        re.sub(r"usage: .*?\n(?=\S*: error|\S+ .*: error)", "", session.seen, flags=re.DOTALL),
    )


FIELDS: dict[str, Any] = {
    "text": models.CharField(max_length=7),
    "long": models.TextField(),
    "slug": models.SlugField(),
    "email": models.EmailField(),
    "url": models.URLField(),
    "whole": models.BigIntegerField(),
    "decimal": models.DecimalField(max_digits=12, decimal_places=3),
    "float": models.FloatField(),
    "truth": models.BooleanField(),
    "date": models.DateField(),
    "moment": models.DateTimeField(),
    "time": models.TimeField(),
    "duration": models.DurationField(),
    "uuid": models.UUIDField(),
    "bytes": models.BinaryField(),
    "address": models.GenericIPAddressField(),
    "json": models.JSONField(),
}


@pytest.mark.parametrize("format", ["yaml", "toml"])
@pytest.mark.parametrize("name", FIELDS)
def test_an_entry_reads_as_the_rows_that_it_was_written_from(name: str, format: Any) -> None:
    field = FIELDS[name]
    field.set_attributes_from_name("column")
    found = values_for(field)
    assert found is not None

    @settings(max_examples=60, deadline=None, database=None)
    @given(st.one_of(found))
    def check(value: Any) -> None:
        text = entry("a: name", {"library.Book.tags.through": [{"column": value}]}, {"expect": {}}, format)
        head = 'migspec = 1\napp = "shop"\n' if format == "toml" else "migspec: 1\napp: shop\ntests:\n"
        [test] = read_text(head + text, f"x.{format}", format).data["tests"]
        assert (test["name"], test["expect"]) == ("a: name", {})
        read = test["given"]["library.Book.tags.through"][0]["column"]
        match read:
            case {"value": read}:
                pass
            case {"expr": code}:
                read = ast.literal_eval(code)
        assert fit(field, read, None) == value

    check()
