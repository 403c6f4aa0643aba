"""What the command says, as golden files: each run with its output and exit code."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.compiling import Workshop, empty_migration, workshop
from migspec.compiler import cli
from migspec.compiler.terminal import Terminal

HERE = Path(__file__).parent

PAYMENT = """
    after: 0001_initial
    steps:
      - add_field: Order.paid
        field: {type: BooleanField, nullable: true}
      - update_rows: Order
        description: Whatever was sent was paid.
        set: {paid: true}
        where: {status__gt: 2}
        reverse: {noop: the column goes}
      - remove_field: Order.note
"""
FAILING = """
    after: 0001_initial
    steps:
      - add_field: Ordr.paid
        field: {type: BooleanField, nullable: true}
      - remove_field: Order.notes
      - insert_rows: Category
        key: name
        rows: [{name: other, position: first}]
"""

Golden = Callable[[Path, str], None]


class Session:
    """Runs of the command, one after another, as a person sees them."""

    def __init__(self, made: Workshop) -> None:
        self.made = made
        self.seen = ""

    def run(self, *arguments: str, colour: bool | None = None, stream: io.StringIO | None = None) -> str:
        self.made._forget()
        stream = stream or io.StringIO()
        with contextlib.redirect_stderr(stream), contextlib.redirect_stdout(stream):
            try:
                options = cli.parser().parse_args(arguments)
                options.start = self.made.project.root
                code = cli.run(options, Terminal(stream, stream, colour))
            except SystemExit as error:
                code = int(str(error.code or 0))
        self.made._forget()
        self.code = code
        said = stream.getvalue().replace(self.made.project.package, "project")
        self.seen += f"$ migspec {' '.join(arguments)}\n{said}exit {code}\n\n"
        return said


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with workshop(tmp_path) as made:
        made.project.write("pyproject.toml", '[tool.migspec]\ndatabases = ["sqlite", "postgresql"]\n')
        yield Session(made)


def test_a_clean_run(session: Session, golden: Golden) -> None:
    session.made.spec("shop/payment", PAYMENT)
    for command in (
        "validate",
        "validate --offline",
        "plan",
        "compile --dry-run",
        "compile",
        "compile",
        "compile --check",
    ):
        session.run(*command.split())
    golden(HERE / "clean_run.txt", session.seen)


def test_a_failing_run(session: Session, golden: Golden) -> None:
    session.made.spec("shop/payment", FAILING)
    session.made.spec("shop/other", "after: [0001_initial]\nsteps: 1\nsteps2: []\n")
    for command in ("validate", "validate payment", "compile payment", "validate --offline payment"):
        session.run(*command.split())
    golden(HERE / "failing_run.txt", session.seen)
    assert list(session.made.generated()) == []


def test_names_made_within_the_spec_are_checked_offline(session: Session, golden: Golden) -> None:
    session.made.spec(
        "shop/contradicts",
        """
        after: 0001_initial
        steps:
          - create_model: Thing
            fields: {name: {type: CharField, max_length: 20}}
          - remove_field: Thing.nme
          - add_field: Thing.name
            field: {type: IntegerField, nullable: true}
          - rename_model: Order
            to: Purchase
          - remove_field: Order.note
          - rename_field: Purchase.note
            to: remark
          - remove_field: Purchase.note
          - add_field: Purchase.note
            field: {type: IntegerField, nullable: true}
          - add_field: Purchase.thing
            field: {type: ForeignKey, to: Thing, on_delete: CASCADE, nullable: true}
          - delete_model: Thing
          - insert_rows: Thing
            key: name
            rows: [{name: a}]
          - create_model: Purchase2
            fields: {name: {type: CharField, max_length: 20}}
          - create_model: Purchase2
            fields: {name: {type: CharField, max_length: 20}}
        """,
    )
    session.run("validate", "--offline")
    golden(HERE / "offline.txt", session.seen)


def test_a_check_with_findings(session: Session, golden: Golden) -> None:
    session.made.spec("shop/payment", PAYMENT)
    session.made.spec("library/pages", "after: 0001_initial\nsteps:\n  - remove_field: Book.pages\n")
    session.made.spec("people/bio", "after: 0001_initial\nsteps:\n  - remove_field: Profile.bio\n")
    session.made.compile()
    session.made.spec("shop/payment", PAYMENT.replace("set: {paid: true}", "set: {paid: false}"))
    session.made.remove("people/migrations/0002_bio_cleanup.py")
    path = session.made.path("library/migrations/0002_pages_cleanup.py")
    path.rename(path.with_name("0005_pages_cleanup.py"))
    session.made.path("shop/migrations/0004_payment_cleanup.py").write_text(
        session.made.texts()["shop/migrations/0004_payment_cleanup.py"].replace('name="note"', 'name="notes"')
    )
    for command in ("compile --check", "compile", "compile --force", "compile --check"):
        session.run(*command.split())
    golden(HERE / "check_with_findings.txt", session.seen)


def test_diff(session: Session, golden: Golden) -> None:
    session.made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.note\n")
    session.made.compile()
    session.made.spec("shop/payment", "after: 0001_initial\nsteps:\n  - remove_field: Order.total\n")
    before = session.made.texts()
    session.run("compile", "--diff")
    session.run("compile", "--check", "--diff")
    assert session.made.texts() == before
    golden(HERE / "diff.txt", session.seen)


def test_new(session: Session, golden: Golden) -> None:
    for command in (
        "new shop prices",
        "new shop colours --toml",
        "new shop prices",
        "new shops prices",
        "new shop 0002-Prices",
        "new shop ../prices",
    ):
        session.run(*command.split())
    for path in ("shop/migspecs/prices.yaml", "shop/migspecs/colours.toml"):
        session.seen += f"--- {path}\n{session.made.path(path).read_text()}\n"
    golden(HERE / "new.txt", session.seen)
    session.run("validate", "prices")
    assert session.code == 0, session.seen


def test_a_json_schema_for_editors(session: Session, golden: Golden) -> None:
    session.run("json-schema", "--check")
    session.run("json-schema", "--project", "--write")
    session.run("json-schema", "--project", "--check")
    session.made.project.write("migspec.schema.json", "{}")
    session.run("json-schema", "--project", "--check")
    session.run("new", "shop", "prices")
    for setting in ("editors/specs.json", "https://example.com/specs.json"):
        text = f'[tool.migspec]\ndatabases = ["sqlite", "postgresql"]\nschema = "{setting}"\n'
        session.made.project.write("pyproject.toml", text)
        session.run("json-schema", "--write")
        name = "colours" if setting.startswith("https") else "sizes"
        session.run("new", "shop", name, *(["--toml"] if name == "sizes" else []))
    for path in ("prices.yaml", "sizes.toml", "colours.yaml"):
        session.seen += f"--- shop/migspecs/{path}\n{session.made.path(f'shop/migspecs/{path}').read_text()}\n"
    golden(HERE / "json_schema.txt", session.seen)


def test_rebase(session: Session, golden: Golden) -> None:
    session.made.spec("shop/left", "after: 0001_initial  # the first\nsteps:\n  - remove_field: Order.note\n")
    session.made.compile()
    session.made.project.write(
        "shop/migspecs/right.toml",
        'migspec = 1\napp = "shop"\nafter = [\n  "0001_initial",\n]\n\n[[steps]]\nremove_field = "Order.total"\n',
    )
    for command in ("compile", "rebase right", "compile --check", "rebase right"):
        session.run(*command.split())
    session.seen += f"--- shop/migspecs/right.toml\n{session.made.path('shop/migspecs/right.toml').read_text()}\n"
    session.made.project.write("shop/migrations/0004_by_hand.py", empty_migration(("shop", "0003_right_cleanup")))
    session.run("rebase", "right")
    golden(HERE / "rebase.txt", session.seen)


def test_a_rebase_that_fails_leaves_the_spec_as_it_was(session: Session) -> None:
    session.made.project.write("shop/migrations/0002_more.py", empty_migration(("shop", "0001_initial")))
    session.made.spec("shop/left", "after: 0001_initial\nsteps:\n  - remove_field: Order.nothing\n")
    before = session.made.path("shop/migspecs/left.yaml").read_text()
    session.run("rebase", "left")
    assert session.code == 1
    assert session.made.path("shop/migspecs/left.yaml").read_text() == before


def test_prune(session: Session, golden: Golden) -> None:
    session.made.project.write("shop/migrations/max_migration.txt", "0001_initial\n")
    session.made.spec("shop/payment", PAYMENT)
    session.made.spec("shop/later", "after: payment\nsteps:\n  - remove_field: Order.paid\n")
    session.made.compile()
    for command in (
        "compile --prune payment",
        "compile --prune later",
        "compile --prune paymnt",
        "compile --prune payment",
    ):
        session.run(*command.split())
    golden(HERE / "prune.txt", session.seen)
    assert session.made.generated() == {}
    assert not session.made.path("shop/migspecs/payment.yaml").exists()
    assert session.made.path("shop/migrations/max_migration.txt").read_text() == "0001_initial\n"


def test_orphans_alone_are_removed(session: Session) -> None:
    session.made.spec("shop/payment", PAYMENT)
    session.made.compile()
    text = session.made.texts()["shop/migrations/0003_payment_data.py"]
    session.made.project.write("shop/migrations/0003_payment_values.py", text)
    assert "1 file removed" in session.run("compile")
    assert "every file is as its spec says" in session.run("compile", "--check")


def test_wrong_use(session: Session, golden: Golden) -> None:
    session.made.spec("shop/payment", PAYMENT)
    for command in ("", "validate paymnt", "compile shop/migspecs", "compile library", "plan /etc/hostname"):
        session.run(*command.split())
    session.made.project.write("pyproject.toml", '[tool.migspec]\nsetings = "x"\ndatabases = "sqlite"\nemit = "sqll"\n')
    session.run("validate")
    golden(HERE / "wrong_use.txt", session.seen)


def test_wrong_use_in_the_words_of_python(session: Session) -> None:
    assert "invalid choice" in session.run("nonsense")
    assert session.code == 2
    session.made.project.write("pyproject.toml", '[tool.migspec\nsettings = "x"\n')
    assert session.run("validate").startswith("pyproject.toml:1:14 E702 pyproject.toml does not parse: ")
    assert session.code == 2


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe", b"[tool]\nmigspec = 3\n", b"tool = 3\n", b"[tool]\nmigspec = {nothing = 1}\n", b"# [tool.migspec]\n"],
)
def test_an_odd_pyproject(session: Session, text: bytes) -> None:
    session.made.path("pyproject.toml").write_bytes(text)
    said = session.run("validate")
    assert session.code in (0, 2)
    assert session.code == 0 or "E702" in said


def test_a_broken_migration_of_the_project(session: Session, golden: Golden) -> None:
    session.made.spec("shop/payment", PAYMENT)
    session.made.project.write("shop/migrations/0002_broken.py", "colour = palette['blue']\n")
    for command in ("validate", "compile --check", "validate --offline"):
        session.run(*command.split())
    golden(HERE / "broken_migration.txt", session.seen)


@pytest.mark.parametrize("command", ["validate", "validate --offline", "plan", "compile", "compile --check", "rebase"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\0\1\2\xff",
        b"[]",
        b"- 1\n",
        b"a: &x 1\n",
        b"migspec: 1\n" * 3,
        b"{" * 100,
        b"\xef\xbb\xbfmigspec: 1\n",
        b"migspec: 1\napp: shop\nsteps: [null]\n",
    ],
)
def test_odd_files(session: Session, command: str, content: bytes) -> None:
    for name in ("odd.yaml", "odd.toml"):
        path = session.made.path(f"shop/migspecs/{name}")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        said = session.run(*command.split(), f"shop/migspecs/{name}")
        assert session.code == 1, said
        assert "Traceback" not in said
        assert "itself failed" not in said


@pytest.mark.parametrize(
    "name",
    [
        "shop",
        "shop/migrations",
        "nowhere/odd.yaml",
        "x" * 300,
        "manage.py",
        "../x.yaml",
        "shop/migspecs/link.yaml",
        "shop/migspecs/folder.yaml",
    ],
)
def test_odd_arguments(session: Session, name: str) -> None:
    folder = session.made.path("shop/migspecs")
    (folder / "folder.yaml").mkdir(parents=True)
    (folder / "link.yaml").symlink_to("nowhere.yaml")
    for command in ("validate", "compile", "plan", "rebase"):
        said = session.run(command, name)
        assert session.code in (1, 2), said
        assert "itself failed" not in said


def test_a_folder_and_a_dead_link_among_the_specs(session: Session) -> None:
    folder = session.made.path("shop/migspecs")
    (folder / "folder.yaml").mkdir(parents=True)
    session.run("validate")
    assert session.code == 0, session.seen
    (folder / "link.yaml").symlink_to("nowhere.yaml")
    assert "E101" in session.run("validate")


class Console(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_only_on_a_terminal(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.made.spec("shop/payment", FAILING)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" not in session.run("validate")
    assert "\x1b[31;1m" in session.run("validate", stream=Console())
    assert "\x1b[31;1m" in session.run("validate", colour=True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31;1m" in session.run("validate")
    assert "\x1b[" not in session.run("validate", colour=False)
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in session.run("validate", stream=Console())


def test_a_bug_is_no_traceback(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migspec.compiler.commands.validate.run", lambda options, terminal: 1 / 0)
    said = session.run("validate")
    assert session.code == 2
    assert "migspec itself failed" in said
    monkeypatch.setenv("MIGSPEC_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        session.run("validate")


def test_version(session: Session) -> None:
    assert session.run("--version").startswith("migspec 0.")
    assert session.code == 0


KEPT = """
    after: 0001_initial
    steps:
      - update_rows: Order
        description: Nobody reads the notes of closed orders.
        set: {note: ""}
        where: {status: 3}
        keep_old: true
      - delete_rows: Category
        where: {name: ""}
        reverse: {noop: they have no name}
"""


def test_discard(session: Session, golden: Golden) -> None:
    session.made.spec("shop/notes", KEPT)
    session.run("plan", "notes")
    session.run("compile")
    session.run("new", "--discard", "notes")
    path = session.made.path("shop/migspecs/notes_discard.yaml")
    session.seen += f"--- {path.name}\n{path.read_text()}\n"
    session.run("compile")
    session.run("plan", "notes")
    session.run("plan", "notes_discard")
    session.run("new", "--discard", "notes")
    session.run("new", "--discard", "notes_discard")
    session.run("new", "shop")
    path.unlink()
    session.made.path("shop/migrations/0004_notes_discard_cleanup.py").unlink()
    session.run("new", "--discard", "notes", "--toml")
    path = path.with_suffix(".toml")
    session.seen += f"--- {path.name}\n{path.read_text()}\n"
    session.run("validate", "notes_discard")
    golden(HERE / "discard.txt", session.seen)


LINTED = """
    after: 0001_initial
    steps:
      - add_field: Order.paid
        field: {type: BooleanField, default: false}     # nobody has paid yet
      - rename_field: Order.note
        to: remark
        allow: [{rule: rename-field, reason: nothing runs yet}]
      - insert_rows: Category
        rows: [{name: other}]
        allow: [{rule: rename-field, reason: nothing is renamed}]
"""


def test_lint(session: Session, golden: Golden) -> None:
    """Exit 1 for errors alone; --fix rewrites what means the same; levels and the selection are the project's."""
    project = session.made.project
    session.made.spec("shop/payment", LINTED)
    session.run("lint")
    assert session.code == 1
    assert session.run("lint", colour=True).count("\x1b[33m") == 1
    session.seen = session.seen.partition("$ migspec lint\n\x1b")[0]
    session.run("lint", "--fix")
    session.seen += (project.root / "shop/migspecs/payment.yaml").read_text() + "\n"
    project.write(
        "pyproject.toml", '[tool.migspec.lint]\nignore = ["MIG1", "unused"]\nlevels = {"MIG303" = "fatal"}\nhots = []\n'
    )
    session.run("lint")
    assert session.code == 2
    settings = '[tool.migspec]\ndatabases = ["mysql"]\n[tool.migspec.lint]\nselect = ["MIG3"]\n'
    project.write("pyproject.toml", f'{settings}levels = {{ not-rerunnable = "warning" }}\n')
    session.made.spec("shop/payment", LINTED)
    session.run("lint")
    assert session.code == 0
    project.write("pyproject.toml", f'{settings}ignore = ["not-rerunnable"]\n')
    session.run("lint")
    assert session.code == 0
    golden(HERE / "lint.txt", session.seen)


def test_explain(session: Session, golden: Golden) -> None:
    """Every code and every rule is explained, by name or by code."""
    listed = session.run("explain")
    for line in listed.splitlines():
        session.run("explain", line.split()[0])
        assert session.code == 0, line
    session.seen = ""
    for words in ("MIG201", "mig201", "drop-field", "E202", "E999", "drop-feild"):
        session.run("explain", words)
    golden(HERE / "explain.txt", session.seen)


@pytest.mark.parametrize("format", ["github", "gitlab", "json", "junit", "sarif"])
def test_formats(session: Session, format: str) -> None:
    """The report is all of stdout, whatever was found and whatever the exit code; people read stderr."""
    made = session.made
    made.spec("shop/payment", LINTED)
    for command, code, found in (("lint", 1, "MIG105"), ("validate", 0, ""), ("compile --check", 1, "E605")):
        out, said = streams(session, *command.split(), "--format", format)
        assert session.code == code, said
        assert found in out
        assert read(format, out)
        assert ("payment.yaml" in said) == (code == 1)
    made.spec("shop/payment", FAILING)
    for command in ("lint", "validate", "validate --offline", "compile --check"):
        out, said = streams(session, *command.split(), "--format", format)
        assert session.code == (0 if "offline" in command else 1)
        assert read(format, out)
        assert ("E302" in out) == ("E302" in said) == (command in ("lint", "validate"))
    made.project.write("pyproject.toml", "[tool.migspec]\nemit = 1\n")
    out, said = streams(session, "validate", "--format", format)
    assert session.code == 2
    assert "E702" in out
    assert "E702" in said


def test_paths_are_those_of_the_repository(session: Session) -> None:
    session.made.spec("shop/payment", FAILING)
    root = session.made.project.root
    (root.parent / ".git").mkdir()
    out, _ = streams(session, "validate", "--format", "github")
    assert f"file={root.name}/shop/migspecs/payment.yaml" in out


def test_a_report_is_for_checks(session: Session) -> None:
    session.made.spec("shop/payment", PAYMENT)
    out, said = streams(session, "compile", "--format", "json")
    assert (session.code, out) == (2, "")
    assert "--check" in said


def streams(session: Session, *arguments: str) -> tuple[str, str]:
    """Run a command; give stdout and stderr apart."""
    session.made._forget()
    out, err = io.StringIO(), io.StringIO()
    options = cli.parser().parse_args(arguments)
    options.start = session.made.project.root
    session.code = cli.run(options, Terminal(out, err, False))
    session.made._forget()
    return out.getvalue(), err.getvalue()


def read(format: str, text: str) -> bool:
    """Whether a report can be read; tests/reports says what has to be in it."""
    if format == "github":
        return all(line.startswith(("::error ", "::warning ")) for line in text.splitlines())
    if format == "junit":
        return ElementTree.fromstring(text).tag == "testsuites"
    return isinstance(json.loads(text), dict | list)
