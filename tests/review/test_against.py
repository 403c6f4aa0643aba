"""--against: the specs that a branch changes, in real repositories, and what git cannot tell."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli.test_cli import Session
from harness.compiling import workshop
from migspec.compiler.config import Config
from migspec.compiler.review.against import changed_specs

HERE = Path(__file__).parent
OLD = "after: 0001_initial\nsteps:\n  - add_field: Order.{}\n    field: {{type: BooleanField, nullable: true}}\n"

Golden = Callable[[Path, str], None]


def git(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with workshop(tmp_path) as made:
        made.project.write("pyproject.toml", '[tool.migspec]\ndatabases = ["sqlite"]\n')
        yield Session(made)


@pytest.fixture
def branch(session: Session) -> Session:
    """Give a repository whose branch changes a spec, adds one, and removes one; another stays."""
    made = session.made
    made.spec("shop/stays", OLD.format("stays"))
    made.spec("shop/changes", OLD.format("old").replace("0001_initial", "stays"))
    made.spec("shop/goes", OLD.format("goes").replace("0001_initial", "changes"))
    root = made.project.root
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    git(root, "checkout", "-qb", "branch")
    made.spec("shop/changes", OLD.format("new").replace("0001_initial", "stays"))
    made.spec("shop/added", OLD.format("added").replace("0001_initial", "changes"))
    made.remove("shop/migspecs/goes.yaml")
    git(root, "add", ".")
    git(root, "commit", "-qm", "two")
    return session


def test_the_specs_that_a_branch_changes(branch: Session, golden: Golden) -> None:
    for command in ("", "--format markdown", "--format json", "changes", "stays"):
        branch.run("plan", *command.split(), "--against", "main")
    text = branch.seen
    start = text.index("$ migspec plan --format json")
    end = text.index("$ migspec plan changes")
    data = json.loads(text[text.index("{", start) : text.rindex("}", start, end) + 1])
    assert [spec["path"] for spec in data["specs"]] == ["shop/migspecs/changes.yaml", "shop/migspecs/added.yaml"]
    assert (data["against"], data["removed"]) == ("main", ["shop/migspecs/goes.yaml"])
    golden(HERE / "against.txt", text[:start] + text[end:])


def test_what_is_not_committed_yet_counts_and_what_main_has_done_since_does_not(branch: Session) -> None:
    root = branch.made.project.root
    git(root, "checkout", "-q", "main")
    branch.made.spec("shop/stays", OLD.format("meanwhile"))
    git(root, "commit", "-qam", "three")
    git(root, "checkout", "-q", "branch")
    branch.made.spec("library/new", "after: 0001_initial\nsteps:\n  - remove_field: Book.pages\n")
    said = branch.run("plan", "--against", "main")
    assert [line for line in said.splitlines() if line.endswith(".yaml")] == [
        "library/migspecs/new.yaml",
        "shop/migspecs/changes.yaml",
        "shop/migspecs/added.yaml",
    ]


def test_paths_are_those_of_the_repository_from_any_folder(branch: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    root = branch.made.project.root
    name = "ä b\n'\"|`x`"
    (root / "shop" / "migspecs" / "added.yaml").rename(root / "shop" / "migspecs" / "added2.yaml")
    (root / "shop" / "migspecs" / name).mkdir()
    monkeypatch.chdir(root / "shop")
    branch.made.project.write(
        f"shop/migspecs/{name}/migspecs/deeper.yaml", "migspec: 1\napp: shop\nafter: added2\nsteps: []\n"
    )
    said = branch.run("plan", "--format", "json", "--against", "main", colour=False)
    data = json.loads(said[: said.rindex("}") + 1])
    assert len(data["specs"]) == 3
    assert any("ä b\n'\"|`x`" in spec["path"] for spec in data["specs"])


@pytest.mark.parametrize("format", ["text", "markdown", "json"])
def test_nothing_changed(branch: Session, format: str, golden: Golden) -> None:
    said = branch.run("plan", "--format", format, "--against", "branch")
    assert branch.code == 0
    if format == "text":
        assert said == "No spec differs from branch.\n"
    elif format == "markdown":
        assert said == "## Plan of the migrations\n\nNo specs that differ from `branch`.\n"
    else:
        assert json.loads(said)["specs"] == []


def test_a_shallow_clone_fails_loudly(branch: Session, tmp_path: Path, golden: Golden) -> None:
    root = branch.made.project.root
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{root}", str(clone))
    there = Session(replace(branch.made, project=replace(branch.made.project, root=clone)))
    for format in ("text", "markdown", "json"):
        there.run("plan", "--format", format, "--against", "origin/main")
        assert there.code == 2
    golden(HERE / "shallow.txt", without_version(there.seen))
    git(clone, "fetch", "-q", "--unshallow")
    found = changed_specs("origin/main", Config(root=clone))
    assert {path.name for path in found.there} == {"added.yaml", "changes.yaml"}


@pytest.mark.parametrize(
    "revision", ["nope", "mian", "--help", "-x", "", "HEAD:shop", "a b\n`c`|<d>", "HEAD~99", "é" * 300]
)
def test_a_revision_that_does_not_exist(branch: Session, revision: str) -> None:
    said = branch.run("plan", f"--against={revision}")
    assert branch.code == 2
    assert said.startswith("--against:1:1 E707 there is no revision '")
    assert "hint: " in said
    assert "itself failed" not in said


def without_version(text: str) -> str:
    return re.sub(r'"tool": "migspec [^"]+"', '"tool": "migspec"', text)


def test_a_revision_that_cannot_be_compared(branch: Session, golden: Golden) -> None:
    root = branch.made.project.root
    branch.run("plan", "--against", "mian")
    branch.run("plan", "--against", "nothing/like/it", "--format", "markdown")
    git(root, "checkout", "-q", "--orphan", "alone")
    git(root, "commit", "-qm", "apart")
    branch.run("plan", "--against", "main")
    golden(HERE / "revisions.txt", branch.seen)


def test_no_repository_at_all(session: Session, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(session.made.project.root.parent))
    session.run("plan", "--against", "main")
    monkeypatch.setenv("PATH", "")
    session.run("plan", "--against", "main")
    golden(HERE / "no_repository.txt", session.seen)


def test_a_spec_that_is_wrong_is_told_in_every_format(session: Session, golden: Golden) -> None:
    session.made.spec(
        "shop/wrong", "after: 0001_initial\nsteps:\n  - remove_field: Order.nte\n  - remove_feild: Order.note\n"
    )
    session.made.spec("shop/worse", OLD.format("x").replace("0001_initial", "0009_nowhere"))
    for arguments in ("wrong --format markdown", "wrong --format json", "worse --format markdown"):
        session.run("plan", *arguments.split())
        assert session.code == 1
    golden(HERE / "errors.txt", without_version(session.seen))
