"""Every error code and every rule is explained, with what is really said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.test_cli import Session
from harness.compiling import workshop
from harness.pages import ROOT, with_files
from migspec.compiler.explanations import errors, explain, rules
from migspec.dsl.codes import CODES

ERRORS = ROOT / "compiler" / "explanations" / "errors"
HERE = Path(__file__).parent

Golden = Callable[[Path, str], None]


def test_what_only_a_disk_can_do(tmp_path: Path, golden: Golden) -> None:
    with workshop(tmp_path, base=False) as made:
        session = Session(made)
        link = made.path("shop/migspecs/link.yaml")
        link.parent.mkdir()
        link.symlink_to("nowhere.yaml")
        session.run("validate")
        link.unlink()
        made.spec("shop/begin", "steps:\n  - create_model: Thing\n    fields: {size: {type: IntegerField}}\n")
        folder = made.path("shop/migrations")
        shutil.rmtree(folder)
        folder.write_text("in the way\n")
        session.run("compile")
    golden(HERE / "disk.txt", session.seen.replace(f"{made.project.root.parent}/project/", ""))


@pytest.mark.parametrize("code", CODES)
def test_the_example_is_what_is_said(code: str, golden: Golden) -> None:
    path = ERRORS / f"{code}.md"
    text = path.read_text(encoding="utf-8")
    assert text.count("<!-- file: ") == 1
    golden(path, with_files(text))
    found = explain(code.lower())
    assert found is not None
    assert found.meaning
    assert found.way_out
    # What the command says in its own words names no code.
    assert f" {code} " in found.blocks[0].text or code == "E605"


def test_no_explanation_without_a_code() -> None:
    assert {path.stem for path in ERRORS.iterdir()} == set(CODES)
    assert [found.code for found in errors()] == list(CODES)


def test_rules_are_explained_by_code_and_by_name() -> None:
    for found in rules():
        assert explain(found.name) == explain(found.code) == found
